/** Programs that a person types, and one-line scripts of further languages. @module */
import type { Row } from "../row.ts";

const MODELS = "https://api.openai.com/v1/models";
const AUTHORIZATION = "Authorization: Bearer authsome-proxy-managed";
/** The file that Debian's ca-certificates makes, which some clients name by its path. */
const SYSTEM_ROOTS = "/etc/ssl/certs/ca-certificates.crt";

const openai = (
  name: string,
  command: readonly string[],
  more: Partial<Row> = {},
): Row => ({
  name,
  provider: "openai",
  command,
  version: { command: [command[0]!, "--version"] },
  ...more,
});

const curl = (name: string, ...options: string[]): Row =>
  openai(name, [
    ...["curl", "-sS", "--fail", "-o", "/dev/null", ...options],
    ...["-H", AUTHORIZATION, MODELS],
  ]);

const OF_CURL: readonly Row[] = [
  curl("curl"),
  curl("curl-http1.0", "--http1.0"),
  curl("curl-http1.1", "--http1.1"),
  curl("curl-http2", "--http2"),
  curl("curl-h2-prior", "--http2-prior-knowledge"),
  curl("curl-cacert", "--cacert", SYSTEM_ROOTS),
  curl("curl-noproxy", "--noproxy", "*"),
  curl("curl-anyauth", "--proxy-anyauth"),
  openai("curl-upload", [
    ...["curl", "-sS", "--fail", "-o", "/dev/null", "-T", "/bin/bash"],
    ...["-H", AUTHORIZATION, "https://api.openai.com/v1/files"],
  ]),
];

const LOADERS: readonly Row[] = [
  openai("wget", ["wget", "-q", "-O", "/dev/null", MODELS]),
  openai("wget2", ["wget2", "-q", "-O", "/dev/null", MODELS]),
  openai("aria2", ["aria2c", "-q", "-d", "{work}", "-o", "loaded", MODELS]),
  openai("lynx", ["lynx", "-dump", MODELS]),
  openai("w3m", ["w3m", "-dump", MODELS], {
    version: { command: ["w3m", "-version"] },
  }),
  openai("elinks", ["elinks", "-no-home", "-dump", MODELS]),
  openai("httpie", [
    ...["{tools}/http", "--check-status", "--ignore-stdin"],
    ...[MODELS, AUTHORIZATION.replace(": ", ":")],
  ], { version: { pypi: "httpie", in: "tools" } }),
  openai("httpx-cli", ["{clients}/python/bin/httpx", MODELS], {
    version: { pypi: "httpx" },
  }),
];

const VENDORS: readonly Row[] = [
  {
    name: "gh",
    provider: "github-pat",
    command: ["gh", "api", "user"],
    version: { command: ["gh", "--version"] },
  },
  {
    name: "hub",
    provider: "github-pat",
    command: ["hub", "api", "user"],
    version: { command: ["hub", "--version"] },
  },
  {
    name: "aws-cli",
    provider: "aws",
    command: [
      ...["{tools}/aws", "sts", "get-caller-identity"],
      ...["--region", "us-east-1"],
    ],
    version: { pypi: "awscli", in: "tools" },
  },
  {
    name: "aws-cli-s3",
    provider: "aws",
    command: ["{tools}/aws", "s3", "ls", "--region", "us-east-1"],
    version: { pypi: "awscli", in: "tools" },
  },
  {
    name: "rclone-s3",
    provider: "aws",
    command: [
      ...["rclone", "--config", "/dev/null", "--retries", "1", "lsd"],
      ":s3,provider=AWS,env_auth=true,region=us-east-1:",
    ],
    version: { command: ["rclone", "--version"] },
  },
  {
    name: "hf-cli",
    provider: "huggingface",
    command: ["{clients}/python/bin/hf", "auth", "whoami"],
    version: { pypi: "huggingface_hub" },
  },
  {
    name: "wrangler-whoami",
    provider: "cloudflare",
    command: ["{node24}", "{modules}/wrangler/bin/wrangler.js", "whoami"],
    version: { npm: "wrangler" },
    env: {
      WRANGLER_SEND_METRICS: "false",
      CI: "true",
      XDG_CONFIG_HOME: "{work}",
    },
  },
  {
    name: "mcp-inspector-cli",
    provider: "stripe",
    command: [
      "{node24}",
      "{modules}/@modelcontextprotocol/inspector/cli/build/index.js",
      ...["https://mcp.stripe.com/", "--transport", "http"],
      ...["--method", "tools/list"],
    ],
    version: { npm: "@modelcontextprotocol/inspector" },
  },
];

const SCRIPTS: readonly Row[] = [
  openai("perl-lwp", [
    "perl",
    "-MLWP::UserAgent",
    "-e",
    `my $agent = LWP::UserAgent->new(env_proxy => 1); my $answer = $agent->get("${MODELS}"); die $answer->status_line unless $answer->is_success`,
  ], {
    version: {
      command: [
        "perl",
        "-MLWP::UserAgent",
        "-e",
        "print $LWP::UserAgent::VERSION",
      ],
    },
  }),
  openai("perl-http-tiny", [
    "perl",
    "-MHTTP::Tiny",
    "-e",
    `my $answer = HTTP::Tiny->new(verify_SSL => 1)->get("${MODELS}"); die "$answer->{status} $answer->{content}" unless $answer->{success}`,
  ], {
    version: {
      command: ["perl", "-MHTTP::Tiny", "-e", "print $HTTP::Tiny::VERSION"],
    },
  }),
  openai("php-curl", [
    "php",
    "-r",
    `$curl = curl_init("${MODELS}"); curl_setopt($curl, CURLOPT_FAILONERROR, true); exit(curl_exec($curl) ? 0 : print(curl_error($curl)));`,
  ]),
  openai("php-stream", [
    "php",
    "-r",
    `exit(file_get_contents("${MODELS}") === false ? 1 : 0);`,
  ]),
  openai("ruby-net-http", [
    "ruby",
    "-rnet/http",
    "-e",
    `answer = Net::HTTP.get_response(URI("${MODELS}")); abort answer.code unless answer.code == "200"`,
  ]),
  openai("ruby-open-uri", [
    "ruby",
    "-ropen-uri",
    "-e",
    `URI.open("${MODELS}").read`,
  ]),
];

export const TOOLS: readonly Row[] = [
  ...OF_CURL,
  ...LOADERS,
  ...VENDORS,
  ...SCRIPTS,
];
