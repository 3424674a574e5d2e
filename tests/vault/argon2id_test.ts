import { expect } from "expect";
import { test } from "node:test";
import { argon2id } from "../../lib/argon2id.ts";
import { MAX_ARGON2_COST } from "../../lib/argon2_cost.ts";
import { hex } from "../../lib/bytes.ts";

// The test vectors of the reference implementation, phc-winner-argon2/src/test.c (version 0x13).
const VECTORS: [string, string, number, number, number, string][] = [
  [
    ...["password", "somesalt"] as const,
    ...[2, 65536, 1] as const,
    "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7",
  ],
  [
    ...["password", "somesalt"] as const,
    ...[2, 256, 1] as const,
    "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe",
  ],
  [
    ...["password", "somesalt"] as const,
    ...[2, 256, 2] as const,
    "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037",
  ],
  [
    ...["differentpassword", "somesalt"] as const,
    ...[2, 65536, 1] as const,
    "0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde",
  ],
];

for (const [password, salt, iterations, memory, parallelism, key] of VECTORS) {
  test(`argon2id() of ${password}, t=${iterations} m=${memory} p=${parallelism}`, async () => {
    const cost = { iterations, memory, parallelism };
    const salted = new TextEncoder().encode(salt);
    expect(hex(await argon2id(password, salted, cost))).toBe(key);
    const bytes = new TextEncoder().encode(password);
    expect(hex(await argon2id(bytes, salted, cost))).toBe(key);
  });
}

test("argon2id() refuses a cost that no home of ours has", async () => {
  const usual = { memory: 256, iterations: 1, parallelism: 1 };
  for (
    const wrong of [
      { memory: 7 },
      { memory: MAX_ARGON2_COST.memory + 1 },
      { memory: 15, parallelism: 2 },
      { iterations: 0 },
      { iterations: 1.5 },
      { iterations: MAX_ARGON2_COST.iterations + 1 },
      { parallelism: 0 },
      { parallelism: NaN },
    ]
  ) {
    await expect(
      argon2id("x", new Uint8Array(16), { ...usual, ...wrong }),
    ).rejects.toThrow(RangeError);
  }
});
