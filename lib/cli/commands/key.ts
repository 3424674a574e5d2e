import { importMasterKey } from "../../vault/derived_keys.ts";
import { keyState } from "../../vault/rekey.ts";
import { defineCommand } from "../kit/define_command.ts";
import { keyValueLines } from "../kit/table.ts";

/** `key status`: where the master key is and whether it opens the vault. */
export const status = defineCommand<Record<never, never>>({
  examples: [["authsome key status", "which key, and where it is kept"]],
  parameters: {},

  async run(context) {
    const { output } = context;
    const broker = await context.broker();
    const { mode } = broker.encryption;
    const keyring = await broker.runtime.keyring(broker.encryption);
    const bytes = await keyring.read();
    // Opening proves that it is the right key; without one this would make it.
    const vault = bytes && await broker.vault();
    const store = bytes && await broker.store();
    const { isInterrupted } = await import("../../broker/keys/key_steps.ts");
    const facts = {
      mode,
      path: mode === "local_key" ? `${broker.home}/master.key` : null,
      exists: bytes !== undefined,
      key_id: bytes ? (await importMasterKey(bytes)).kid : null,
      data_key_id: store ? (await keyState(store))?.dataKey ?? null : null,
      interrupted: vault && store ? await isInterrupted(vault, store) : false,
    };
    bytes?.fill(0);
    const { leftoverKeys } = await import(
      "../../broker/keys/leftover_keys.ts"
    );
    const left = await leftoverKeys(broker, store);
    if (output.asJson) {
      output.json({
        ...facts,
        leftovers: left.map(({ where, opens, fix }) => ({ where, opens, fix })),
      });
    } else {
      output.data(keyValueLines(
        Object.entries(facts).map((
          [key, value],
        ) => [key, String(value ?? "-")]),
        context.width,
      ));
      if (facts.interrupted) {
        output.say(
          "A key command was interrupted. The vault opens; the next key move or key rotate ends what is left.",
        );
      }
      for (const { message, fix } of left) output.warn(`${message}. ${fix}`);
    }
  },
});
