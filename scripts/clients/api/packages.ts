/** Registries of packages, as far as the clients of the matrix ask them. @module */

/** What `registry.npmjs.org` answers: who one is, one package, and yes to an upload. */
export function npmAnswer(request: Request): Response {
  const { pathname } = new URL(request.url);
  if (pathname === "/-/whoami") return Response.json({ username: "hello" });
  if (request.method === "PUT") return Response.json({ ok: true });
  if (pathname.endsWith(".tgz")) {
    return new Response(TARBALL, {
      headers: { "content-type": "application/octet-stream" },
    });
  }
  if (pathname === "/tiny") return Response.json(packument());
  return Response.json({ error: "not found" }, { status: 404 });
}

function packument() {
  return {
    name: "tiny",
    "dist-tags": { latest: "1.0.0" },
    time: { "1.0.0": "2020-01-01T00:00:00.000Z" },
    versions: {
      "1.0.0": {
        name: "tiny",
        version: "1.0.0",
        dist: {
          tarball: "https://registry.npmjs.org/tiny/-/tiny-1.0.0.tgz",
          integrity: INTEGRITY,
          shasum: SHASUM,
        },
      },
    },
  };
}

/** The page of a project of PyPI that has no file yet. */
export function simpleIndex(): Response {
  return new Response("<!DOCTYPE html><html><body></body></html>", {
    headers: { "content-type": "text/html" },
  });
}

/** Where the Go tool finds the repository of a module. */
export function goModule(): Response {
  return new Response(
    '<meta name="go-import" content="github.com/team/module git https://github.com/team/module.git">',
    { headers: { "content-type": "text/html" } },
  );
}

/** `tiny-1.0.0.tgz`: a package.json and an index.js. */
const TARBALL: Uint8Array<ArrayBuffer> = Uint8Array.from(
  atob([
    "H4sIAAAAAAACA+3TvQrCMBSG4cxeRcksbVJrB8WLCRqkatPStKKI927qD4KLiwrq+ywnORnOcPLVZr42S5vUlxqvfO",
    "XEi6kgz7JzDR5reBzdz31f6zwdi0iJD+h8a5owXvyng3SmtHIi28Lt5VBubeOLyoWGjlWsQqc0RX8t3MLuwveQR4Hf",
    "cc19clvvO2Y8zX+aPeZfKU3+P6GsFt3GxnZXV03ro1mkpwNSAQAAAAAAAAAAAAAA8D1OBt3fpAAoAAA=",
  ].join("")),
  (character) => character.charCodeAt(0),
);
const INTEGRITY =
  "sha512-o3io8vAYGpAasRA8qqZKXovpH4qhei9V2ogou0ws2B/KrG7X6VA0vb4U9VNYW3be6jSQ5BafVVhtA60xg/ORYw==";
const SHASUM = "cdb790019fabf60b0225b5d279c0770b453e5d92";
