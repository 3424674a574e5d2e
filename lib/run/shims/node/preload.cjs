// Loaded by Node, from version 12 on, before each program of `authsome run`: it leads TLS connections of HTTP clients
// through the proxy of the run.
//
// Whatever a client is made of (`https`, `fetch`, `undici`, `http2`, `ws`, an agent of its own), a direct connection is
// made by `tls.connect`. One through a proxy, which the client or Node makes, has a socket already and is left alone.
//
// Certificates are verified as before. The address of the proxy and its password stand in the environment.
"use strict";

(function () {
  const process = require("process");
  const { env } = process;
  if (env.AUTHSOME_PROXY_MODE !== "true") return;
  if (process.versions.bun || process.versions.deno) return;
  try {
    const proxy = proxyOf(env.HTTPS_PROXY);
    if (proxy) install(proxy);
  } catch (_) {
    // A helper that fails must not end the program.
  }

  /** The proxy of a run, whose user is `authsome`; another one is the program's own matter. */
  function proxyOf(text) {
    if (!text) return undefined;
    const url = new URL(text);
    if (url.protocol !== "http:" || url.username !== "authsome") {
      return undefined;
    }
    const user = `${url.username}:${decodeURIComponent(url.password)}`;
    return {
      host: url.hostname,
      port: Number(url.port || 80),
      authorization: `Basic ${Buffer.from(user).toString("base64")}`,
      exempt: exemptions(env.NO_PROXY || env.no_proxy),
    };
  }

  function install(proxy) {
    const tls = require("tls");
    const direct = tls.connect;
    const mark = Symbol.for("authsome.tunnel");
    if (direct[mark]) return;
    tls.connect = function connect() {
      let made;
      try {
        const { options, listener } = readArguments(arguments);
        if (goesThrough(options, proxy)) {
          made = { options, listener, tunnel: openTunnel(options, proxy) };
        }
      } catch (_) {
        // What cannot be read is Node's to refuse.
      }
      return made
        ? secure(direct, made.options, made.listener, made.tunnel)
        : direct.apply(this, arguments);
    };
    tls.connect[mark] = true;
    // Programs that are ES modules import the function by its name.
    const { syncBuiltinESMExports } = require("module");
    if (syncBuiltinESMExports) syncBuiltinESMExports();
  }

  /** `(options)`, `(port, host, options)` and `(port, options)`, each with a listener at the end or without. */
  function readArguments(given) {
    const args = Array.from(given);
    const last = args[args.length - 1];
    const listener = typeof last === "function" ? args.pop() : undefined;
    const options = {};
    if (typeof args[0] !== "object") options.port = args.shift();
    if (typeof args[0] === "string") options.host = args.shift();
    return { options: Object.assign(options, ...args), listener };
  }

  /** Whether it is a connection of an HTTP client to a server that the proxy leads to. */
  function goesThrough(options, proxy) {
    const { host, socket, path } = options;
    const port = Number(options.port);
    if (socket || path || typeof host !== "string") return false;
    if (!/^[^\s/@[\]]+$/.test(host) || !(port > 0 && port < 65536)) {
      return false;
    }
    if (isLoopback(host)) return false;
    // Databases and mail have ports and protocols of their own.
    return (port === 443 || isHttp(options)) &&
      !proxy.exempt.some((isExempt) => isExempt(host.toLowerCase(), port));
  }

  function isHttp({ ALPNProtocols, method, headers, _agentKey }) {
    const named = Array.isArray(ALPNProtocols) ? ALPNProtocols : [];
    return typeof method === "string" || Boolean(headers || _agentKey) ||
      named.some((name) => name === "h2" || /^http\/1/.test(name));
  }

  function isLoopback(address) {
    const host = address.toLowerCase().replace(/^::ffff:/, "");
    return /^(localhost|.+\.localhost|::1?|0\.0\.0\.0|127(\.\d+){1,3})\.?$/
      .test(host);
  }

  /** The entries of `NO_PROXY`, each as a test of a host and a port. */
  function exemptions(text) {
    return (text || "").toLowerCase().split(/[\s,]+/).filter(Boolean).map(
      (entry) => {
        if (entry === "*") return () => true;
        const [, name, only] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(
          /:.*:[^\]]*$/.test(entry) ? `[${entry}]` : entry,
        );
        const domain = name.replace(/^\*?\./, "");
        return (host, port) =>
          (only === undefined || Number(only) === port) &&
          (host === domain || host.endsWith(`.${domain}`));
      },
    );
  }

  /** TLS with the server, in the tunnel. */
  function secure(direct, options, listener, tunnel) {
    const net = require("net");
    const inside = Object.assign({}, options, { socket: tunnel });
    delete inside.lookup;
    // The proxy opens a tunnel for the server that is named.
    if (inside.servername === undefined && !net.isIP(options.host)) {
      inside.servername = options.host;
    }
    withRunAuthority(inside);
    let made;
    try {
      made = direct(inside, listener);
    } catch (error) {
      tunnel.destroy();
      throw error;
    }
    if (options.timeout) made.setTimeout(options.timeout);
    // A program ends while a connection waits in the pool of its client.
    for (const name of ["ref", "unref"]) {
      made[name] = function () {
        tunnel[name]();
        return net.Socket.prototype[name].call(this);
      };
    }
    return made;
  }

  /** At least so many certificates are a list of the public authorities, not of those that a client is bound to. */
  const PUBLIC_LIST = 100;
  const CERTIFICATE =
    /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

  /** A client that brings a list of the public authorities gets this run's beside them; Node does so with its own. */
  function withRunAuthority(options) {
    if (!options.ca) return;
    const { isArray } = Array;
    const list = isArray(options.ca) ? options.ca : [options.ca];
    const known = list.join("\n").match(CERTIFICATE) || [];
    if (known.length < PUBLIC_LIST) return;
    try {
      const text = require("fs").readFileSync(env.NODE_EXTRA_CA_CERTS, "utf8");
      const own = text.match(CERTIFICATE).pop();
      options.ca = list.concat(own);
    } catch (_) {
      // Then its own list has to do.
    }
  }

  /** A stream to the server of `options`, through the proxy. */
  function openTunnel({ host, port, lookup, family }, proxy) {
    const net = require("net");
    const { Duplex } = require("stream");
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
      lookup(
        host,
        { all: false, family: family || 0, hints: 0 },
        (error, found) => {
          if (tunnel.destroyed) return;
          const [first = {}] = Array.isArray(found)
            ? found
            : [{ address: found }];
          if (error && !NO_ANSWER.test(error.code)) tunnel.destroy(error);
          else if (first.address && isLoopback(first.address)) {
            connect({ host: first.address, port }, (error) => error);
            carrier.once("connect", () => open());
          } else throughProxy();
        },
      );
    }
    return tunnel;
  }

  const MAX_ANSWER = 1 << 16;

  /** What name servers, and their absence, answer. */
  const NO_ANSWER =
    /^(ENOTFOUND|ENODATA|ENONAME|ESERVFAIL|EREFUSED|EAI_\w+|ETIMEOUT|ETIMEDOUT|ECONNREFUSED|ENETUNREACH|EHOSTUNREACH)$/;

  /** What the proxy said in place of opening a tunnel. */
  function refusal(target, answer) {
    const [head, ...body] = answer.split("\r\n\r\n");
    const status = Number((/^HTTP\/1\.[01] (\d+)/.exec(head) || [])[1]) || 0;
    const reason = (/^x-authsome-reason: *(\S+)/im.exec(head) || [])[1];
    let said = "";
    try {
      const { message, hint } = JSON.parse(body.join("\r\n\r\n"));
      said = [message, hint].filter(Boolean).join(". ");
    } catch (_) {
      said = status ? `HTTP status ${status}` : "it closed the connection";
    }
    return Object.assign(
      new Error(`The proxy of authsome opened no tunnel to ${target}: ${said}`),
      { code: "ERR_PROXY_TUNNEL", statusCode: status, reason },
    );
  }
})();
