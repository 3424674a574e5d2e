/** gRPC and what is like it (Connect, Twirp): the last two segments of the path are a service and its method. @module */
import { hasOnly, type ProtocolReader } from "./protocol.ts";

export const grpc: ProtocolReader = {
  asksBody: () => false,
  read(view, _body, isRead) {
    if (!view.paths || hasOnly(view, "GET", "HEAD", "OPTIONS")) {
      return undefined;
    }
    const names = new Set(
      view.paths.map(({ segments }) => segments.slice(-2).join("/")),
    );
    const [name = ""] = names;
    if (!name.includes("/")) return undefined;
    return names.size === 1 && hasOnly(view, "POST") && isRead(name)
      ? [{ name, reads: true }]
      : [{ name }];
  },
};
