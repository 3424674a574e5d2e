// A tunnel through the proxy of a run, for `preload.cjs`. What a client writes before it is open is held back until then.
"use strict";

const net = require("net");
const { Duplex } = require("stream");

/**
 * A stream to the server of the options, through `proxy`.
 *
 * @param isLoopback says whether an address is this machine's, where the proxy does not lead.
 */
module.exports.openTunnel = function (
  { host, port, lookup, family },
  proxy,
  isLoopback,
) {
  const target = `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
  let carrier;
  let isReferenced = true;
  let isOpen = false;
  /** What was written before the tunnel was open. */
  let held = () => {};
  const whenOpen = (write) => isOpen ? write() : held = write;
  const tunnel = new Duplex({
    allowHalfOpen: false,
    read: () => isOpen && carrier.resume(),
    write: (chunk, encoding, done) =>
      whenOpen(() => carrier.write(chunk, encoding, done)),
    final: (done) => whenOpen(() => carrier.end(done)),
    destroy(error, done) {
      if (carrier) carrier.destroy();
      done(error);
    },
  });
  for (const name of ["ref", "unref"]) {
    tunnel[name] = () => {
      isReferenced = name === "ref";
      if (carrier) carrier[name]();
    };
  }

  function connect(to, onError) {
    carrier = net.connect(to);
    carrier.setNoDelay(true);
    if (!isReferenced) carrier.unref();
    carrier.on("error", (error) => tunnel.destroy(onError(error)));
  }

  /** From here on, everything is the server's. */
  function open(rest) {
    isOpen = true;
    let hasEnded = false;
    carrier.on("data", (chunk) => {
      if (!tunnel.push(chunk)) carrier.pause();
    });
    carrier.on("end", () => {
      hasEnded = true;
      tunnel.push(null);
    });
    carrier.on("close", () => hasEnded || tunnel.destroy());
    if (rest && rest.length > 0) tunnel.push(rest);
    held();
    carrier.resume();
  }

  function throughProxy() {
    let answer = Buffer.alloc(0);
    const failed = (error) =>
      answer.length > 0 ? refusal(target, answer.toString()) : error;
    connect({ host: proxy.host, port: proxy.port }, (error) => {
      if (error.code === "ECONNREFUSED") {
        error.message =
          `The run of authsome has ended, and its proxy with it: ${error.message}`;
      }
      return failed(error);
    });
    carrier.write(
      `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n` +
        `Proxy-Authorization: ${proxy.authorization}\r\n\r\n`,
    );
    const ended = () => tunnel.destroy(refusal(target, answer.toString()));
    const read = (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      const end = answer.indexOf("\r\n\r\n");
      if (answer.length > MAX_ANSWER) ended();
      if (
        end < 0 || !/^HTTP\/1\.\d 2/.test(answer.toString("latin1", 0, 10))
      ) {
        return;
      }
      carrier.removeListener("data", read);
      carrier.removeListener("end", ended);
      open(answer.slice(end + 4));
    };
    carrier.on("data", read);
    carrier.on("end", ended);
  }

  if (typeof lookup !== "function" || net.isIP(host)) throughProxy();
  else {
    // A program that finds names by itself may mean this machine, or refuse an address. Else the proxy finds it.
    const found = (error, answer) => {
      if (tunnel.destroyed) return;
      const [{ address } = {}] = Array.isArray(answer)
        ? answer
        : [{ address: answer }];
      if (error && !NO_ANSWER.test(error.code)) tunnel.destroy(error);
      else if (address && isLoopback(address)) {
        connect({ host: address, port }, (failure) => failure);
        carrier.once("connect", () => open());
      } else throughProxy();
    };
    // Later, since it may answer at once: nobody listens to the tunnel yet.
    setImmediate(() => {
      try {
        lookup(host, { all: false, family: family || 0, hints: 0 }, found);
      } catch (error) {
        tunnel.destroy(error);
      }
    });
  }
  return tunnel;
};

const MAX_ANSWER = 1 << 16;

/** What name servers, and their absence, answer. */
const NO_ANSWER =
  /^(ENOTFOUND|ENODATA|ENONAME|ESERVFAIL|EREFUSED|EAI_\w+|ETIMEOUT|ETIMEDOUT|ECONNREFUSED|ENETUNREACH|EHOSTUNREACH)$/;

/** What the proxy said in place of opening a tunnel. */
function refusal(target, answer) {
  const [head, ...body] = answer.split("\r\n\r\n");
  const status = Number((/^HTTP\/1\.[01] (\d+)/.exec(head) || [])[1]) || 0;
  const reason = (/^x-authsome-reason: *(\S+)/im.exec(head) || [])[1];
  let said = status ? `HTTP status ${status}` : "it closed the connection";
  try {
    said = JSON.parse(body.join("\r\n\r\n")).message || said;
  } catch (_) {
    // It is not our proxy's.
  }
  return Object.assign(
    new Error(`The proxy of authsome opened no tunnel to ${target}: ${said}`),
    { code: "ERR_PROXY_TUNNEL", statusCode: status, reason },
  );
}
