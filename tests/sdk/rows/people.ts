/** Files, boards and networks of people, by an access token of OAuth. @module */
import type { Row } from "../row.ts";

const TOKEN = { headers: { authorization: "Bearer {access_token}" } };
const ACCOUNT = {
  account_id: "dbid:01234567890123456789012345678901234",
  name: {
    given_name: "hello",
    surname: "h",
    familiar_name: "hello",
    display_name: "hello",
    abbreviated_name: "h",
  },
  email: "a@example.com",
  email_verified: true,
  disabled: false,
  locale: "en",
  referral_link: "https://db.tt/a",
  is_paired: false,
  account_type: { ".tag": "basic" },
  root_info: { ".tag": "user", root_namespace_id: "1", home_namespace_id: "1" },
};

export const PEOPLE: readonly Row[] = [
  {
    provider: "dropbox",
    from: "npm",
    package: "dropbox",
    program: `
import { Dropbox } from "dropbox";
const dropbox = new Dropbox({ accessToken: process.env.DROPBOX_ACCESS_TOKEN });
console.log((await dropbox.usersGetCurrentAccount()).result.name.display_name);`,
    request: "POST https://api.dropboxapi.com/2/users/get_current_account",
    arrives: TOKEN,
    answer: ACCOUNT,
    prints: "hello",
  },
  {
    provider: "dropbox",
    from: "pypi",
    package: "dropbox",
    program: `
import os
from dropbox import Dropbox
print(Dropbox(os.environ["DROPBOX_ACCESS_TOKEN"]).users_get_current_account().name.display_name)`,
    request: "POST https://api.dropboxapi.com/2/users/get_current_account",
    arrives: TOKEN,
    answer: ACCOUNT,
    prints: "hello",
  },
  {
    provider: "monday",
    from: "npm",
    package: "monday-sdk-js",
    program: `
import mondaySdk from "monday-sdk-js";
const monday = mondaySdk();
monday.setToken(process.env.MONDAY_ACCESS_TOKEN);
console.log((await monday.api("query { me { name } }")).data.me.name);`,
    request: "POST https://api.monday.com/v2",
    arrives: { headers: { authorization: "{access_token}" } },
    answer: { data: { me: { name: "hello" } } },
    prints: "hello",
  },
  {
    provider: "microsoft",
    from: "npm",
    package: "@microsoft/microsoft-graph-client",
    program: `
import { Client } from "@microsoft/microsoft-graph-client";
const client = Client.init({ authProvider: (done) => done(null, process.env.MICROSOFT_ACCESS_TOKEN) });
console.log((await client.api("/me").get()).displayName);`,
    request: "GET https://graph.microsoft.com/v1.0/me",
    arrives: TOKEN,
    answer: { displayName: "hello" },
    prints: "hello",
  },
  {
    provider: "spotify",
    from: "npm",
    package: "@spotify/web-api-ts-sdk",
    program: `
import { SpotifyApi } from "@spotify/web-api-ts-sdk";
const spotify = SpotifyApi.withAccessToken("client", {
  access_token: process.env.SPOTIFY_ACCESS_TOKEN, token_type: "Bearer", expires_in: 3600, refresh_token: "",
});
console.log((await spotify.currentUser.profile()).display_name);`,
    request: "GET https://api.spotify.com/v1/me",
    arrives: TOKEN,
    answer: { display_name: "hello" },
    prints: "hello",
  },
  {
    provider: "x",
    from: "npm",
    package: "twitter-api-v2",
    program: `
import { TwitterApi } from "twitter-api-v2";
console.log((await new TwitterApi(process.env.X_ACCESS_TOKEN).v2.me()).data.username);`,
    request: "GET https://api.x.com/2/users/me",
    arrives: TOKEN,
    answer: { data: { id: "1", name: "h", username: "hello" } },
    prints: "hello",
  },
];
