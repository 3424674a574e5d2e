/** All that a program behind the proxy ever sees of a credential. Where a client insists on a key, it is given this. */
export const PLACEHOLDER = "authsome-proxy-managed";
