/** Mail, chat and messages. @module */
import type { Row } from "../row.ts";

const BEARER = { headers: { authorization: "Bearer {api_key}" } };
const BASIC = {
  headers: { authorization: "Basic {account_sid}:{auth_token}" },
};
const BOT = {
  ok: true,
  result: {
    id: 123456789,
    is_bot: true,
    first_name: "hello",
    username: "hello_bot",
  },
};
const TWILIO =
  "POST https://api.twilio.com/2010-04-01/Accounts/{account_sid}/Messages.json";

export const MESSAGES: readonly Row[] = [
  {
    provider: "slack-bot",
    from: "npm",
    package: "@slack/web-api",
    program: `
import { WebClient } from "@slack/web-api";
console.log((await new WebClient(process.env.SLACK_BOT_TOKEN).auth.test()).user);`,
    request: "POST https://slack.com/api/auth.test",
    arrives: BEARER,
    answer: { ok: true, user: "hello" },
    prints: "hello",
  },
  {
    provider: "slack-bot",
    from: "pypi",
    package: "slack_sdk",
    program: `
import os
from slack_sdk import WebClient
print(WebClient(os.environ["SLACK_BOT_TOKEN"]).auth_test()["user"])`,
    request: "POST https://slack.com/api/auth.test",
    arrives: BEARER,
    answer: { ok: true, user: "hello" },
    prints: "hello",
  },
  {
    provider: "discord-bot",
    from: "npm",
    package: "discord.js",
    program: `
import { REST, Routes } from "discord.js";
const rest = new REST().setToken(process.env.DISCORD_BOT_TOKEN);
console.log((await rest.get(Routes.user())).username);`,
    request: "GET https://discord.com/api/v10/users/@me",
    arrives: { headers: { authorization: "Bot {api_key}" } },
    answer: { id: "1", username: "hello" },
    prints: "hello",
  },
  {
    provider: "telegram-bot",
    from: "npm",
    package: "telegraf",
    program: `
import { Telegraf } from "telegraf";
console.log((await new Telegraf(process.env.TELEGRAM_BOT_TOKEN).telegram.getMe()).username);`,
    request: "POST https://api.telegram.org/bot{api_key}/getMe",
    arrives: { path: true },
    answer: BOT,
    prints: "hello_bot",
  },
  {
    provider: "telegram-bot",
    from: "npm",
    package: "grammy",
    program: `
import { Bot } from "grammy";
console.log((await new Bot(process.env.TELEGRAM_BOT_TOKEN).api.getMe()).username);`,
    request: "POST https://api.telegram.org/bot{api_key}/getMe",
    arrives: { path: true },
    answer: BOT,
    prints: "hello_bot",
  },
  {
    provider: "telegram-bot",
    from: "pypi",
    package: "python-telegram-bot",
    program: `
import asyncio, os
from telegram import Bot
async def main():
    async with Bot(os.environ["TELEGRAM_BOT_TOKEN"]) as bot:
        print((await bot.get_me()).username)
asyncio.run(main())`,
    request: "POST https://api.telegram.org/bot{api_key}/getMe",
    arrives: { path: true },
    answer: BOT,
    prints: "hello_bot",
  },
  {
    provider: "telegram-bot",
    from: "pypi",
    package: "aiogram",
    // It trusts the certificates of certifi alone, unless it is told.
    program: `
import asyncio, os, ssl
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
async def main():
    session = AiohttpSession()
    session._connector_init["ssl"] = ssl.create_default_context()
    async with Bot(os.environ["TELEGRAM_BOT_TOKEN"], session=session) as bot:
        print((await bot.get_me()).username)
asyncio.run(main())`,
    request: "POST https://api.telegram.org/bot{api_key}/getMe",
    arrives: { path: true },
    answer: BOT,
    prints: "hello_bot",
  },
  {
    provider: "twilio",
    from: "npm",
    package: "twilio",
    program: `
import twilio from "twilio";
const message = await twilio().messages.create({ from: "+15005550006", to: "+15005550009", body: "why?" });
console.log(message.sid);`,
    request: TWILIO,
    arrives: BASIC,
    answer: { sid: "SMhello", status: "queued" },
    prints: "SMhello",
  },
  {
    provider: "twilio",
    from: "pypi",
    package: "twilio",
    program: `
from twilio.rest import Client
message = Client().messages.create(from_="+15005550006", to="+15005550009", body="why?")
print(message.sid)`,
    request: TWILIO,
    arrives: BASIC,
    answer: { sid: "SMhello", status: "queued" },
    prints: "SMhello",
  },
  {
    provider: "resend",
    from: "npm",
    package: "resend",
    program: `
import { Resend } from "resend";
const { data } = await new Resend().emails.send({ from: "a@example.com", to: "b@example.com", subject: "why?", text: "t" });
console.log(data.id);`,
    request: "POST https://api.resend.com/emails",
    arrives: BEARER,
    answer: { id: "hello" },
    prints: "hello",
  },
  {
    provider: "resend",
    from: "pypi",
    package: "resend",
    program: `
import resend
print(resend.Emails.send({"from": "a@example.com", "to": "b@example.com", "subject": "why?", "text": "t"})["id"])`,
    request: "POST https://api.resend.com/emails",
    arrives: BEARER,
    answer: { id: "hello" },
    prints: "hello",
  },
  {
    provider: "sendgrid",
    from: "npm",
    package: "@sendgrid/mail",
    program: `
import mail from "@sendgrid/mail";
mail.setApiKey(process.env.SENDGRID_API_KEY);
const [{ statusCode }] = await mail.send({ from: "a@example.com", to: "b@example.com", subject: "why?", text: "t" });
console.log("status", statusCode);`,
    request: "POST https://api.sendgrid.com/v3/mail/send",
    arrives: BEARER,
    prints: "status 200",
  },
  {
    provider: "sendgrid",
    from: "pypi",
    package: "sendgrid",
    program: `
import os
from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import Mail
mail = Mail(from_email="a@example.com", to_emails="b@example.com", subject="why?", plain_text_content="t")
print("status", SendGridAPIClient(os.environ["SENDGRID_API_KEY"]).send(mail).status_code)`,
    request: "POST https://api.sendgrid.com/v3/mail/send",
    arrives: BEARER,
    prints: "status 200",
  },
  {
    provider: "postmark",
    from: "npm",
    package: "postmark",
    program: `
import { ServerClient } from "postmark";
console.log((await new ServerClient(process.env.POSTMARK_API_KEY).getServer()).Name);`,
    request: "GET https://api.postmarkapp.com/server",
    arrives: { headers: { "x-postmark-server-token": "{api_key}" } },
    answer: { Name: "hello" },
    prints: "hello",
  },
  {
    provider: "mailgun",
    from: "npm",
    package: "mailgun.js",
    program: `
import Mailgun from "mailgun.js";
const client = new Mailgun(FormData).client({ username: "api", key: process.env.MAILGUN_API_KEY });
console.log((await client.messages.create("example.com", { from: "a@example.com", to: "b@example.com", subject: "why?", text: "t" })).id);`,
    request: "POST https://api.mailgun.net/v3/example.com/messages",
    arrives: { headers: { authorization: "Basic api:{api_key}" } },
    answer: { id: "hello", message: "Queued" },
    prints: "hello",
  },
  {
    provider: "brevo",
    from: "npm",
    package: "@getbrevo/brevo",
    program: `
import { BrevoClient } from "@getbrevo/brevo";
console.log((await new BrevoClient({ apiKey: process.env.BREVO_API_KEY }).account.getAccount()).email);`,
    request: "GET https://api.brevo.com/v3/account",
    arrives: { headers: { "api-key": "{api_key}" } },
    answer: { email: "hello@example.com" },
    prints: "hello@example.com",
  },
  {
    provider: "mailchimp",
    from: "npm",
    package: "@mailchimp/mailchimp_marketing",
    program: `
import mailchimp from "@mailchimp/mailchimp_marketing";
const apiKey = process.env.MAILCHIMP_API_KEY;
mailchimp.setConfig({ apiKey, server: apiKey.split("-").pop() });
console.log((await mailchimp.ping.get()).health_status);`,
    request: "GET https://us6.api.mailchimp.com/3.0/ping",
    // The user name may be any.
    arrives: { headers: { authorization: "Basic anystring:{api_key}" } },
    answer: { health_status: "hello" },
    prints: "hello",
  },
  {
    provider: "mailchimp",
    from: "pypi",
    package: "mailchimp3",
    program: `
import os
from mailchimp3 import MailChimp
print(MailChimp(mc_api=os.environ["MAILCHIMP_API_KEY"]).ping.get()["health_status"])`,
    request: "GET https://us6.api.mailchimp.com/3.0/ping",
    arrives: { headers: { authorization: "Basic anystring:{api_key}" } },
    answer: { health_status: "hello" },
    prints: "hello",
  },
  {
    provider: "klaviyo",
    from: "npm",
    package: "klaviyo-api",
    program: `
import { AccountsApi, ApiKeySession } from "klaviyo-api";
const accounts = new AccountsApi(new ApiKeySession(process.env.KLAVIYO_API_KEY));
console.log((await accounts.getAccounts()).body.data[0].id);`,
    request: "GET https://a.klaviyo.com/api/accounts",
    arrives: { headers: { authorization: "Klaviyo-API-Key {api_key}" } },
    answer: {
      data: [{
        type: "account",
        id: "hello",
        attributes: {},
        links: { self: "" },
      }],
    },
    prints: "hello",
  },
  {
    provider: "klaviyo",
    from: "pypi",
    package: "klaviyo-api",
    program: `
import os
from klaviyo_api import KlaviyoAPI
klaviyo = KlaviyoAPI(os.environ["KLAVIYO_API_KEY"], max_retries=0, options={})
print(klaviyo.Accounts.get_accounts())`,
    request: "GET https://a.klaviyo.com/api/accounts",
    arrives: { headers: { authorization: "Klaviyo-API-Key {api_key}" } },
    answer: { data: [] },
    prints: "data",
  },
  {
    provider: "intercom",
    from: "npm",
    package: "intercom-client",
    program: `
import { IntercomClient } from "intercom-client";
console.log((await new IntercomClient({ token: process.env.INTERCOM_API_KEY }).admins.identify()).name);`,
    request: "GET https://api.intercom.io/me",
    arrives: BEARER,
    answer: {
      type: "admin",
      id: "1",
      name: "hello",
      email: "a@example.com",
      app: {},
    },
    prints: "hello",
  },
];
