import { expect } from "expect";
import { test } from "node:test";
import {
  addressBytes,
  addressKind,
  anyAddressBytes,
} from "../../lib/wire/address.ts";

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

test("what an address leads to is known in every form of it", () => {
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
      "::ffff:0:127.0.0.1",
      "64:ff9b::127.0.0.1",
      "64:ff9b:1::127.0.0.1",
      "64:ff9b:1:7f00:0:100::",
      "2002:7f00:1::",
      "2001:0:7f00:1::",
      "2001:0:808:808:0:0:80ff:fffe",
      "2606:4700::5efe:127.0.0.1",
    ],
    metadata: [
      "169.254.169.254",
      "169.254.0.1",
      "169.254.170.2",
      "::ffff:169.254.169.254",
      "::ffff:a9fe:a9fe",
      "::a9fe:a9fe",
      "64:ff9b::a9fe:a9fe",
      "64:ff9b:1:a9fe:a9:fe00::",
      "2002:a9fe:a9fe::1",
      "fe80::1",
      "fe80::1%eth0",
      "[fe80::1%25eth0]",
      "febf:ffff::1",
      "fd00:ec2::254",
      "FD00:0EC2:0:0:0:0:0:0254",
      "fd20:ce::254",
      "168.63.129.16",
      "100.100.100.200",
      "192.0.0.192",
      "::ffff:100.100.100.200",
    ],
    private: [
      "10.0.0.1",
      "10.255.255.255",
      "192.168.1.1",
      "172.16.0.1",
      "172.31.255.255",
      "100.64.0.1",
      "100.127.255.255",
      "fc00::1",
      "fd00::1",
      "fdff:ffff::1",
      "fec0::1",
      "feff::1",
      "fd00:ec2::253",
      "::ffff:10.0.0.1",
      "64:ff9b::10.0.0.1",
      "2002:a00:1::",
      "2001:0:808:808:0:0:f5ff:fffe",
    ],
    reserved: [
      "192.0.0.1",
      "198.18.0.1",
      "198.19.255.255",
      "192.88.99.1",
      "224.0.0.1",
      "240.0.0.1",
      "255.255.255.255",
      "ff02::1",
      "100::1",
      "4000::1",
      "::8.8.8.8",
      "2001:0:808:808:0:0:f7f7:f7f7",
      "2001:2::1",
    ],
    documentation: [
      "192.0.2.1",
      "198.51.100.1",
      "203.0.113.1",
      "2001:db8::1",
      "3fff::1",
    ],
    public: [
      "93.184.216.34",
      "9.255.255.255",
      "11.0.0.0",
      "100.63.255.255",
      "100.128.0.0",
      "126.255.255.255",
      "128.0.0.0",
      "169.253.255.255",
      "169.255.0.0",
      "172.15.255.255",
      "172.32.0.0",
      "192.167.255.255",
      "192.169.0.0",
      "198.17.255.255",
      "198.20.0.0",
      "223.255.255.255",
      "2606:4700::1111",
      "::ffff:8.8.8.8",
      "64:ff9b::8.8.8.8",
      "2002:808:808::",
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

test("addresses are read in the spellings that resolvers take, and names are none", () => {
  const text = (host: string) => anyAddressBytes(host)?.join(".");
  for (
    const host of [
      ...["10.1.2.3", "10.1.2.3.", "0xa.1.2.3", "012.1.2.3", "10.66051"],
      ...["10.1.515", "167838211", "0x0a010203", "0XA.0x1.02.3"],
    ]
  ) expect([host, text(host)]).toEqual([host, "10.1.2.3"]);
  expect(text("[::ffff:a01:203]")).toBe(text("::ffff:10.1.2.3"));
  for (
    const name of [
      "a",
      "10.example",
      "1.2.3.4.example",
      "0xg",
      "",
      ".",
      "1.2.3.4.5",
    ]
  ) expect([name, text(name)]).toEqual([name, undefined]);
});
