/**
 * The protocol of Docker's credential helpers: the operation is an argument, its input is on stdin, and answers and errors
 * are on stdout (github.com/docker/docker-credential-helpers, "Development"). Pure.
 *
 * @module
 */
import { parseObject } from "../../object.ts";

/** What a helper says of a registry that it has nothing for; clients compare it word by word, and go on without. */
export const NOT_FOUND = "credentials not found in native keychain";
/** The same of a request without a registry. */
export const NO_SERVER = "no credentials server URL";

/** Docker Hub, by the name that Docker's CLI has for it. */
export const DOCKER_HUB = "https://index.docker.io/v1/";
/** The same as other clients call it. */
const HUB_HOSTS = [
  ...["docker.io", "index.docker.io", "registry-1.docker.io"],
  "registry.hub.docker.com",
];

/** A registry. */
export interface Registry {
  host: string;
  port: number;
}

/**
 * The registry of a request, which is a URL or a host with or without a port; `undefined` if it is none, or of plain http.
 * What Docker's CLI keeps beside a login to Docker Hub has a longer path, and is no login.
 */
export function readRegistry(text: string): Registry | undefined {
  const url = text.includes("://") ? text : `https://${text}`;
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port, pathname, username, password, search } =
    new URL(url);
  if (
    protocol !== "https:" || username || password || search ||
    !/^\/(?:v[12]\/?)?$/.test(pathname)
  ) return undefined;
  return {
    host: HUB_HOSTS.includes(hostname) ? "index.docker.io" : hostname,
    port: port ? Number(port) : 443,
  };
}

/** The keys of a registry in Docker's configuration: other clients know Docker Hub by another. */
export function registryKeys({ host, port }: Registry): string[] {
  if (host === "index.docker.io") return [DOCKER_HUB, "docker.io"];
  return [port === 443 ? host : `${host}:${port}`];
}

/** What `store` is given; `undefined` if it is not of the protocol. */
export function readStored(
  text: string,
): { server: string; password: string } | undefined {
  const { ServerURL: server, Secret: password } = parseObject(text) ?? {};
  return typeof server === "string" && typeof password === "string"
    ? { server, password }
    : undefined;
}
