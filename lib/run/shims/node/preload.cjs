// Loaded by Node, from version 12 on, and by Bun before each program of `authsome run`: it leads TLS connections of HTTP
// clients through the proxy of the run.
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
  // Deno obeys NODE_OPTIONS too. What it is made of knows proxies.
  if (process.versions.deno) return;
  try {
    const proxy = proxyOf(env.HTTPS_PROXY);
    if (!proxy) return;
    install(proxy);
    if (process.versions.bun) installInBun(proxy);
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
    const http = require("http");
    const direct = tls.connect;
    const mark = Symbol.for("authsome.tunnel");
    if (direct[mark]) return;
    tls.connect = function connect() {
      let made;
      try {
        const { options, listener } = readArguments(arguments);
        if (goesThrough(options, proxy)) {
          const { openTunnel } = require("./tunnel.cjs");
          made = {
            options,
            listener,
            tunnel: openTunnel(options, proxy, isLoopback),
          };
        }
      } catch (_) {
        // What cannot be read is Node's to refuse.
      }
      return made
        ? secure(direct, made.options, made.listener, made.tunnel)
        : direct.apply(this, arguments);
    };
    tls.connect[mark] = true;
    for (const name of ["request", "get"]) {
      const plain = http[name];
      http[name] = function () {
        const options = inTheClear(arguments, proxy);
        if (!options) return plain.apply(this, arguments);
        const last = arguments[arguments.length - 1];
        const listener = typeof last === "function" ? last : undefined;
        return require("https")[name](options, listener);
      };
    }
    // Programs that are ES modules import the function by its name.
    const { syncBuiltinESMExports } = require("module");
    if (syncBuiltinESMExports) syncBuiltinESMExports();
  }

  /** The WebSockets of Bun are made of nothing that could be led elsewhere, and take a proxy where they are told of one. */
  function installInBun(proxy) {
    globalThis.WebSocket = new Proxy(globalThis.WebSocket, {
      construct(target, [url, given, ...rest], derived) {
        const options = typeof given === "string" || Array.isArray(given)
          ? { protocols: given }
          : given;
        const args = isDirect(url, options)
          ? [url, given, ...rest]
          : [url, Object.assign({ proxy: env.HTTPS_PROXY }, options)];
        return Reflect.construct(target, args, derived);
      },
    });

    function isDirect(text, options) {
      if (options && options.proxy) return true;
      try {
        const { protocol, hostname, port } = new URL(text);
        const host = hostname.replace(/^\[|\]$/g, "");
        return protocol !== "wss:" ||
          !goesThrough({ host, port: port || 443, method: "GET" }, proxy);
      } catch (_) {
        return true;
      }
    }
  }

  /**
   * Old versions of axios, and needle, ask a proxy for `https://` without a tunnel, as one asks it for `http://`.
   *
   * @returns the options of the request that is meant, if it is one of those.
   */
  function inTheClear(given, proxy) {
    try {
      const options = given[0];
      const { path, hostname, host, port, headers, agents } = options;
      if (typeof path !== "string" || !/^https:\/\//i.test(path)) {
        return undefined;
      }
      if ((hostname || host) !== proxy.host || Number(port) !== proxy.port) {
        return undefined;
      }
      const url = new URL(path);
      const target = url.hostname.replace(/^\[|\]$/g, "");
      const made = Object.assign({}, options, {
        protocol: "https:",
        host: target,
        hostname: target,
        port: Number(url.port || 443),
        path: url.pathname + url.search,
        headers: Object.assign({}, headers),
        // The one that was chosen is for the proxy.
        agent: agents ? agents.https : undefined,
      });
      for (const name of Object.keys(made.headers)) {
        if (name.toLowerCase() === "proxy-authorization") {
          delete made.headers[name];
        }
      }
      delete made.defaultPort;
      return made;
    } catch (_) {
      // Then the proxy says what is wrong.
      return undefined;
    }
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
})();
