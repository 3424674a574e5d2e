// A client of gRPC for Node without code that was generated: `node client.mjs <folder of the package> <host>`.
import { createRequire } from "node:module";

const [folder, host] = process.argv.slice(2);
const grpc = createRequire(`${folder}/`)("@grpc/grpc-js");
const client = new grpc.Client(`${host}:443`, grpc.credentials.createSsl());
const metadata = new grpc.Metadata();
metadata.set("authorization", "Bearer authsome-proxy-managed");
const same = (bytes) => bytes;

client.makeUnaryRequest(
  "/test.Echo/Say",
  same,
  same,
  Buffer.from("hello"),
  metadata,
  (error, answer) => {
    console.log(error ? `${error.code} ${error.details}` : String(answer));
    if (error) return client.close();
    const call = client.makeServerStreamRequest(
      "/test.Echo/Count",
      same,
      same,
      Buffer.from("3"),
      metadata,
    );
    call.on("data", (each) => console.log(String(each)));
    call.on("error", (failure) => console.log(failure.message));
    call.on("end", () => client.close());
  },
);
