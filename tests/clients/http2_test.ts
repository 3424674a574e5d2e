// A real client that speaks HTTP/2 and nothing else, under the real command line.
import { expect } from "expect";
import { test } from "node:test";
import { missing, spawn, withScenario } from "../support/scenario.ts";

const KEY = `sk-${"o1".repeat(20)}`;
/** The newer one, where there are two. */
const GO = await missing("/usr/local/go/bin/go")
  ? "go"
  : "/usr/local/go/bin/go";
/** Needs Go 1.24. Prints the protocol, the status and what came back of a body of 3 MB. */
const PROGRAM = `package main
import ("bytes"; "fmt"; "io"; "net/http"; "os")
func main() {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetHTTP2(true)
	client := &http.Client{Transport: transport}
	for i := 0; i < 3; i++ {
		body := bytes.Repeat([]byte("x"), 3000000)
		request, err := http.NewRequest("POST", os.Args[1], bytes.NewReader(body))
		if err != nil { panic(err) }
		request.Header.Set("Authorization", "Bearer " + os.Getenv("OPENAI_API_KEY"))
		response, err := client.Do(request)
		if err != nil { panic(err) }
		back, err := io.ReadAll(response.Body)
		if err != nil { panic(err) }
		fmt.Println(response.Proto, response.StatusCode, bytes.Equal(back, body))
	}
}
`;

const skip = await missing(GO, "version") ||
  await missing(
    "sh",
    "-c",
    `test "$(${GO} env GOVERSION | sed 's/go1\\.\\([0-9]*\\).*/\\1/')" -ge 24`,
  );

test("Go over HTTP/2 alone", { skip }, () =>
  withScenario(
    { openai: KEY },
    ["api.openai.com"],
    (request) =>
      request.headers.get("authorization") === `Bearer ${KEY}`
        ? new Response(request.body)
        : new Response("who are you?", { status: 401 }),
    async ({ folder, api, client }) => {
      Deno.writeTextFileSync(`${folder}/main.go`, PROGRAM);
      const built = await spawn(
        [GO, "build", "-o", `${folder}/client`, `${folder}/main.go`],
        {
          HOME: folder,
          // What was compiled for another test need not be compiled again.
          GOCACHE: Deno.env.get("GOCACHE") ??
            `${Deno.env.get("HOME")}/.cache/go-build`,
          GO111MODULE: "off",
          CGO_ENABLED: "0",
        },
      );
      expect([built.code, built.stderr]).toEqual([0, ""]);
      const ended = await client([
        `${folder}/client`,
        "https://api.openai.com/v1/echo",
      ]);
      expect(ended).toMatchObject({
        code: 0,
        stdout: "HTTP/2.0 200 true\n".repeat(3),
      });
      expect(ended.childEnv.OPENAI_API_KEY).toBe("authsome-proxy-managed");
      expect(JSON.stringify(ended)).not.toContain(KEY);
      expect(api.requests.length).toBe(3);
      // One tunnel serves them all.
      expect(api.tunnels).toEqual(["api.openai.com:443"]);
    },
  ));
