/** Variables from which common clients read trusted roots. @module */

/** Names that common clients read the file of trusted roots from. */
export const CA_VARIABLES = [
  "SSL_CERT_FILE",
  "CURL_CA_BUNDLE",
  "REQUESTS_CA_BUNDLE",
  "NODE_EXTRA_CA_CERTS",
  "GIT_SSL_CAINFO",
  "DENO_CERT",
  "CARGO_HTTP_CAINFO",
  "PIP_CERT",
  "NPM_CONFIG_CAFILE",
  "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
  "NIX_SSL_CERT_FILE",
  "HTTPLIB2_CA_CERTS",
  "BUNDLE_SSL_CA_CERT",
  "PERL_LWP_SSL_CA_FILE",
  "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
] as const;

/**
 * Names that are taken away, what they name being in the bundle: the Go SDK of AWS does not start with one where a program
 * brings an HTTP client of its own, as rclone does, and every client of AWS reads one of the names above.
 */
export const DROPPED_CA_VARIABLES = ["AWS_CA_BUNDLE"] as const;
