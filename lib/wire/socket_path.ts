/** Longest path of a Unix socket in bytes: `sun_path` of unix(7) without the zero at its end. */
export const SOCKET_PATH_BYTES = 107;
