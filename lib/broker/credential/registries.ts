/**
 * Registries of container images that take the credential of a provider, and as whose. They are no routes of the proxy: a
 * registry answers with a token of its own that a command would see. A definition of a registry's own, such as one of a
 * Harbor server, needs no line here: its hosts are in `api_url`.
 *
 * @module
 */

/** Registries with one user and password. */
interface Registries {
  /** As `api_url` of a definition; a pattern beside the hosts that people have set up by name. */
  hosts: readonly string[];
  /** `{field}`: of the credential, of its source, or what is no secret. */
  username: string;
  password: string;
}

const GITHUB = {
  hosts: ["ghcr.io", "containers.{base_url_host}"],
  username: "x-access-token",
};
const GITLAB = { hosts: ["registry.{base_url_host}"], username: "oauth2" };
const GITEA = { hosts: ["{base_url_host}"], username: "token" };
const GOOGLE = {
  hosts: [
    ...["gcr.io", "us.gcr.io", "eu.gcr.io", "asia.gcr.io"],
    String.raw`regex:^[a-z0-9-]+-docker\.pkg\.dev$`,
  ],
  username: "oauth2accesstoken",
  password: "{access_token}",
};

/** By provider. */
export const REGISTRIES: Readonly<Record<string, Registries>> = {
  // https://docs.github.com/packages/working-with-a-github-packages-registry/working-with-the-container-registry
  "github": { ...GITHUB, password: "{access_token}" },
  "github-app": { ...GITHUB, password: "{access_token}" },
  "github-pat": { ...GITHUB, password: "{api_key}" },
  // https://docs.gitlab.com/user/packages/container_registry/authenticate_with_container_registry/
  "gitlab": { ...GITLAB, password: "{access_token}" },
  "gitlab-pat": { ...GITLAB, password: "{api_key}" },
  // https://docs.gitea.com/usage/packages/container
  "gitea": { ...GITEA, password: "{api_key}" },
  // https://docs.docker.com/security/access-tokens/; the key of Docker's CLI has a path.
  "dockerhub": {
    hosts: ["index.docker.io"],
    username: "{username}",
    password: "{token}",
  },
  // https://cloud.google.com/artifact-registry/docs/docker/authentication#token
  "google": GOOGLE,
  "google-service-account": GOOGLE,
  // https://docs.digitalocean.com/products/container-registry/how-to/use-registry-docker-kubernetes/
  "digitalocean": {
    hosts: ["registry.digitalocean.com"],
    username: "{api_key}",
    password: "{api_key}",
  },
  // https://devcenter.heroku.com/articles/container-registry-and-runtime
  "heroku": {
    hosts: ["registry.heroku.com"],
    username: "_",
    password: "{api_key}",
  },
  // https://fly.io/docs/blueprints/using-the-fly-docker-registry/
  "fly": { hosts: ["registry.fly.io"], username: "x", password: "{api_key}" },
  // https://docs.nvidia.com/ngc/gpu-cloud/ngc-private-registry-user-guide/
  "nvidia": {
    hosts: ["nvcr.io"],
    username: "$oauthtoken",
    password: "{api_key}",
  },
};
