/** Connections to an SSH agent. @module */
import { createServer, type Socket } from "node:net";
import type {
  AgentPeer,
  AnswerMessage,
  ListeningAgent,
} from "../../ports/hosts/ssh_host.ts";
import { AgentFrames } from "../../ssh/agent_frames.ts";
import { listenPrivately } from "../private_socket.ts";
import { peerProgram } from "./peer_program.ts";

/** Connections at a time: each may hold a message of 256 KiB. */
const MAX_CONNECTIONS = 256;

/** Listens at `path`; see `SshAgentHost.listen`. */
export async function listenForAgents(
  path: string,
  connected: (peer: () => Promise<AgentPeer | undefined>) => AnswerMessage,
): Promise<ListeningAgent> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    if (sockets.size >= MAX_CONNECTIONS) return void socket.destroy();
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    let looking: Promise<AgentPeer | undefined> | undefined;
    serve(socket, connected(() => looking ??= peerProgram(socket, path)));
  });
  await listenPrivately(server, path, false);
  return {
    path,
    pid: Deno.pid,
    async close() {
      const closed = new Promise<void>((resolve) =>
        server.close(() => resolve())
      );
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Answers one message after the other; what comes meanwhile waits in the system. */
function serve(socket: Socket, answer: AnswerMessage): void {
  const frames = new AgentFrames();
  let busy = false;
  let ended = false;
  const work = async () => {
    if (busy) return;
    busy = true;
    socket.pause();
    try {
      for (;;) {
        const message = frames.next();
        if (!message || socket.destroyed) break;
        const text = await answer(message);
        const reply = new Uint8Array(4 + text.length);
        new DataView(reply.buffer).setUint32(0, text.length);
        reply.set(text, 4);
        if (!socket.writable) break;
        if (!socket.write(reply)) {
          await new Promise<void>((resolve) => {
            socket.once("drain", resolve);
            socket.once("close", () => resolve());
          });
        }
      }
    } catch {
      // No message of the protocol, or the vault cannot be read: a client takes either for an agent that is gone.
      socket.destroy();
    }
    busy = false;
    // Not before everything that came is answered.
    if (ended) socket.end();
    else socket.resume();
  };
  socket.on("error", () => {});
  socket.on("end", () => {
    ended = true;
    void work();
  });
  socket.on("data", (bytes: Uint8Array) => {
    frames.push(bytes);
    void work();
  });
}
