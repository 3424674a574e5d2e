import { expect } from "expect";
import { test } from "node:test";
import { addressBytes, addressKind } from "../../lib/proxy/address.ts";

test("addresses are read in every spelling, and names are not addresses", () => {
  expect(addressBytes("1.2.3.4")).toEqual(Uint8Array.of(1, 2, 3, 4));
  expect(addressBytes("1.2.3.256")).toBeUndefined();
  expect(addressBytes("a.example")).toBeUndefined();
  const loopback = new Uint8Array(16);
  loopback[15] = 1;
  for (const text of ["::1", "[::1]", "0:0:0:0:0:0:0:1"]) {
    expect(addressBytes(text)).toEqual(loopback);
  }
  expect(addressBytes("2001:db8::7")!.slice(0, 4)).toEqual(
    Uint8Array.of(0x20, 1, 0x0d, 0xb8),
  );
  expect(addressBytes("::ffff:1.2.3.4")!.slice(10)).toEqual(
    Uint8Array.of(255, 255, 1, 2, 3, 4),
  );
  expect(addressBytes("not:an:address")).toBeUndefined();
});

test("addresses of this machine and of metadata services are known in every form", () => {
  const kinds = {
    loopback: [
      "127.0.0.1",
      "127.255.0.9",
      "0.0.0.0",
      "0.1.2.3",
      "::1",
      "[::1]",
      "::",
      "::127.0.0.1",
      "::ffff:127.0.0.1",
      "::ffff:7f00:1",
      "0:0:0:0:0:ffff:7f00:1",
      "::ffff:0.0.0.0",
      "64:ff9b::127.0.0.1",
      "2002:7f00:1::",
    ],
    metadata: [
      "169.254.169.254",
      "169.254.0.1",
      "169.254.170.2",
      "::ffff:169.254.169.254",
      "::ffff:a9fe:a9fe",
      "::a9fe:a9fe",
      "64:ff9b::a9fe:a9fe",
      "2002:a9fe:a9fe::1",
      "fe80::1",
      "fe80::1%eth0",
      "[fe80::1%25eth0]",
      "febf:ffff::1",
      "fd00:ec2::254",
      "FD00:0EC2:0:0:0:0:0:0254",
      "168.63.129.16",
      "100.100.100.200",
      "192.0.0.192",
      "::ffff:100.100.100.200",
    ],
    other: [
      "10.0.0.1",
      "192.168.1.1",
      "172.16.0.1",
      "100.64.0.1",
      "fd00::1",
      "fec0::1",
      "93.184.216.34",
      "169.253.255.255",
      "169.255.0.0",
      "2606:4700::1111",
      "::ffff:10.0.0.1",
      "2002:a00:1::",
      "fd00:ec2::253",
    ],
  };
  for (const [kind, addresses] of Object.entries(kinds)) {
    for (const address of addresses) {
      expect([address, addressKind(address)]).toEqual([address, kind]);
    }
  }
  for (const name of ["localhost", "a.example", "", "1.2.3", "fe80::zz"]) {
    expect(addressKind(name)).toBeUndefined();
  }
});
