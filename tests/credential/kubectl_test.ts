// The real kubectl, whose tokens come from the vault by a credential plugin of its kubeconfig.
import { expect } from "expect";
import { test } from "node:test";
import { connectFields, withBroker } from "../support/connected.ts";
import { missing } from "../support/missing.ts";
import { disclosures, type ToolMachine, withTools } from "./tool_machine.ts";

const HOSTS = ["k8s.acme.example", "other.acme.example"];
const TOKEN = "kube-canary-token-1";
const skip = await missing("kubectl", "version", "--client") ||
  // It knows v1 of the protocol since then.
  await missing(
      "sh",
      "-c",
      `kubectl version --client -o json | grep -Eq '"minor": *"(2[2-9]|[3-9][0-9])'`,
    ) && "kubectl is older than 1.22";

/** A fake of an API server: it tells who asks. */
function apiServer(request: Request): Response {
  const token = request.headers.get("authorization") ?? "none";
  const known = token === `Bearer ${TOKEN}`;
  return Response.json(
    known ? { kind: "NamespaceList", items: [] } : {
      ...{ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" },
      ...{ message: "Unauthorized", reason: "Unauthorized", code: 401 },
    },
    { status: known ? 200 : 401 },
  );
}

const kubeconfig = (folder: string, user = "    user: admin # for now") =>
  `# clusters of mine
apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority: ${folder}/ca.pem
    server: https://k8s.acme.example
  name: acme
- cluster: {server: "https://other.acme.example", certificate-authority: ${folder}/ca.pem}
  name: other
contexts:
- context:
    cluster: acme
${user}
  name: work
- context:
    cluster: other
    user: admin
  name: other
current-context: work
users:
# the old way
- name: admin
  user:
    token: old-token
preferences: {}`;

const connected = (
  body: (machine: ToolMachine) => Promise<void>,
): Promise<void> =>
  withTools({}, HOSTS, apiServer, async (machine) => {
    await withBroker(machine.home, (broker) =>
      connectFields(broker, "kubernetes", { api_key: TOKEN }, {
        name: "work",
        baseUrl: "https://k8s.acme.example",
      }));
    await body(machine);
  });

const GET = ["kubectl", "get", "--raw", "/api/v1/namespaces"];

test(
  "kubectl asks for the token of its cluster, and another cluster gets none",
  {
    skip,
  },
  () =>
    connected(async (machine) => {
      const { folder, setup, tool, read, write, api } = machine;
      const own = kubeconfig(folder);
      write(".kube/config", own);
      const { code, stderr } = await setup("kubectl", "--yes");
      expect([code, stderr]).toEqual([0, expect.stringContaining("work")]);
      const written = read(".kube/config")!;
      expect(written).toContain("# the old way\n");
      expect(JSON.parse((await setup("kubectl", "--yes", "--json")).stdout))
        .toMatchObject({ changed: false });

      const { code: got, stdout } = await tool(GET);
      expect([got, stdout]).toEqual([
        0,
        expect.stringContaining('"NamespaceList"'),
      ]);
      expect(await disclosures(machine)).toContain(
        "kubernetes/work api_key for kubectl at k8s.acme.example",
      );
      // The same user in a context of another cluster.
      write(
        ".kube/other",
        written.replace(
          "cluster: other\n    user: admin",
          'cluster: other\n    user: "authsome-kubernetes-work"',
        ),
      );
      const before = api.requests.length;
      const other = await tool([...GET, "--context", "other"], {
        env: { KUBECONFIG: `${folder}/.kube/other` },
      });
      expect(other.code).not.toBe(0);
      expect(other.stderr).toContain(
        "no connection serves other.acme.example:443",
      );
      expect(
        JSON.stringify(
          api.requests.slice(before).map(({ headers }) => [...headers]),
        ),
      )
        .not.toContain("canary");

      expect((await setup("--undo", "kubectl", "--yes")).code).toBe(0);
      expect(read(".kube/config")).toBe(own);
    }),
);

test(
  "in a run the plugin gives the placeholder",
  { skip },
  () =>
    connected(async ({ folder, setup, write, client, env, authsome }) => {
      // Without an authority of its own, kubectl trusts that of the run.
      write(
        ".kube/config",
        kubeconfig(folder).replaceAll(
          /.*certificate-authority: \S+\n/g,
          (line) => line.includes("{") ? line : "",
        ),
      );
      expect((await setup("kubectl", "--yes")).code).toBe(0);
      const { code, stdout, stderr } = await client(GET, { env });
      expect([code, stdout, stderr]).toEqual([
        0,
        expect.stringContaining('"NamespaceList"'),
        expect.anything(),
      ]);
      const inside = await authsome(["credential", "kubectl"], {
        env: {
          AUTHSOME_PROXY_MODE: "true",
          KUBERNETES_EXEC_INFO: info({ server: "https://k8s.acme.example" }),
        },
      });
      expect(JSON.parse(inside.stdout).status.token)
        .toMatch(/^authsome-proxy-managed/);
    }),
);

function info(cluster?: { server: string }, version = "v1"): string {
  return JSON.stringify({
    kind: "ExecCredential",
    apiVersion: `client.authentication.k8s.io/${version}`,
    spec: { interactive: false, ...cluster ? { cluster } : {} },
  });
}

test("credential kubectl answers in the version that asks, and only for a cluster that is named", () =>
  connected(async ({ authsome }) => {
    const ask = (text?: string, ...args: string[]) =>
      authsome(["credential", "kubectl", ...args], {
        env: text === undefined ? {} : { KUBERNETES_EXEC_INFO: text },
      });
    const server = "https://k8s.acme.example";
    for (const version of ["v1", "v1beta1"]) {
      expect(JSON.parse((await ask(info({ server }, version))).stdout)).toEqual(
        {
          apiVersion: `client.authentication.k8s.io/${version}`,
          kind: "ExecCredential",
          status: { token: TOKEN },
        },
      );
    }
    for (
      const [text, code, said] of [
        [undefined, 2, "KUBERNETES_EXEC_INFO is not set"],
        ["{", 2, "is not an ExecCredential"],
        [info(undefined), 2, "provideClusterInfo"],
        [info({ server }, "v1alpha1"), 2, "version of the protocol"],
        [info({ server: "http://k8s.acme.example" }), 3, "not one of https"],
        [info({ server: `${server}:6443` }), 3, "no connection serves"],
        [
          info({ server: "https://k8s.acme.example.evil.example" }),
          3,
          "no connection serves",
        ],
        [
          info({ server: "https://k8s.acme.example@evil.example" }),
          3,
          "no connection serves",
        ],
      ] as const
    ) {
      const ended = await ask(text);
      expect([ended.code, ended.stdout, ended.stderr]).toEqual([
        code,
        "",
        expect.stringContaining(said),
      ]);
    }
  }));
