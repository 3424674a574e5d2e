// The lines between git and its helpers, and who is asked by them.
import { expect } from "expect";
import { test } from "node:test";
import {
  gitAnswerLines,
  readGitRequest,
} from "../../lib/broker/credential/git_protocol.ts";

const NONE = {
  protocol: undefined,
  host: undefined,
  port: 443,
  path: undefined,
  username: undefined,
  password: undefined,
};

for (
  const [text, expected] of [
    ["", {}],
    ["\n", {}],
    ["protocol=https\nhost=github.com\n\n", {
      ...{ protocol: "https", host: "github.com" },
    }],
    ["protocol=https\r\nhost=GitHub.com\r\n\r\nhost=other.com\n", {
      ...{ protocol: "https", host: "github.com" },
    }],
    ["protocol=https\nhost=git.acme.com:8443\npath=group/a.git\n", {
      ...{ protocol: "https", host: "git.acme.com", port: 8443 },
      path: "/group/a.git",
    }],
    ["protocol=https\nhost=[::1]:8443\n", {
      ...{ protocol: "https", host: "[::1]", port: 8443 },
    }],
    ["url=https://octocat:pw%3D1@github.com/a/b\n", {
      ...{ protocol: "https", host: "github.com", path: "/a/b" },
      ...{ username: "octocat", password: "pw=1" },
    }],
    ["capability[]=authtype\nwwwauth[]=Basic realm=x\nhost=a.b\nnew=1\n", {
      host: "a.b",
    }],
    ["host=a.b\npassword=x=y=z\nusername=\n", {
      ...{ host: "a.b", password: "x=y=z" },
    }],
    ["host=a.b/../c\nprotocol=https", { protocol: "https" }],
    ["host=evil.com@github.com\nprotocol=https", { protocol: "https" }],
    ["host=github.com:99999\nprotocol=https", { protocol: "https" }],
    ["host=g\u212Ahub.com\nprotocol=https", { protocol: "https" }],
  ] as const
) {
  test(`readGitRequest() reads ${JSON.stringify(text)}`, () => {
    expect(readGitRequest(text)).toEqual({ ...NONE, ...expected });
  });
}

for (const text of ["nonsense", "host=a\nnonsense\n", "host=a\0b", "url=x"]) {
  test(`readGitRequest() refuses ${JSON.stringify(text)}`, () => {
    expect(() => readGitRequest(text)).toThrow("git-credential protocol");
  });
}

test("an answer is lines, and no value begins another", () => {
  expect(gitAnswerLines({ username: "u", password: "p", expiresAt: 7 }))
    .toBe("username=u\npassword=p\npassword_expiry_utc=7\n");
  for (const password of ["a\nb", "a\rb", "a\0b"]) {
    expect(() => gitAnswerLines({ username: "u", password }))
      .toThrow("line break");
  }
});
