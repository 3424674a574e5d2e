package authsome;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** A class file (JVMS 4) whose methods get a beginning more. */
final class ClassPatch {
  /** In a code: the number of the called method, two bytes. */
  static final int METHOD = -1;
  /** In a code: the number of a local variable that the method does not have, one byte. */
  static final int LOCAL = -2;
  /** In a code: the distance of a jump to the method's own beginning, two bytes. */
  static final int END = -3;

  /** What a method begins with. */
  static final class Code {
    final String owner;
    final String name;
    final String type;
    final boolean jumps;
    final int[] code;

    Code(String owner, String name, String type, boolean jumps, int... code) {
      this.owner = owner;
      this.name = name;
      this.type = type;
      this.jumps = jumps;
      this.code = code;
    }
  }

  private static final int STACK = 4;

  private final byte[] given;
  /** Text of each constant that is one. */
  private final String[] texts;
  private final int constantsEnd;
  private final ByteArrayOutputStream addedBytes = new ByteArrayOutputStream();
  private final DataOutputStream added = new DataOutputStream(addedBytes);
  private int constants;
  private final java.util.Map<String, Code> codes = new java.util.LinkedHashMap<>();

  ClassPatch(byte[] given) throws IOException {
    this.given = given;
    DataInputStream in = from(8);
    constants = in.readUnsignedShort();
    texts = new String[constants];
    for (int at = 1; at < constants; at++) {
      int tag = in.readUnsignedByte();
      switch (tag) {
        case 1: texts[at] = in.readUTF(); break;
        case 7: case 8: case 16: case 19: case 20: in.readFully(new byte[2]); break;
        case 15: in.readFully(new byte[3]); break;
        case 5: case 6: in.readFully(new byte[8]); at++; break;
        default: in.readFully(new byte[4]);
      }
    }
    constantsEnd = given.length - in.available();
  }

  /** `method` is its name and type: `write([BII)V`. */
  void method(String method, Code code) {
    codes.put(method, code);
  }

  /** The patched class; null if it has none of the methods. */
  byte[] bytes() throws IOException {
    ByteArrayOutputStream rest = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(rest);
    DataInputStream in = from(constantsEnd);
    copy(in, out, 6);
    int interfaces = copyShort(in, out);
    copy(in, out, 2 * interfaces);
    boolean found = false;
    for (int fields = copyShort(in, out); fields > 0; fields--) member(in, out, null);
    for (int methods = copyShort(in, out); methods > 0; methods--) found |= member(in, out, codes);
    copy(in, out, in.available());
    if (!found) return null;
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    DataOutputStream head = new DataOutputStream(all);
    head.write(given, 0, 8);
    head.writeShort(constants);
    head.write(given, 10, constantsEnd - 10);
    head.write(addedBytes.toByteArray());
    head.write(rest.toByteArray());
    return all.toByteArray();
  }

  private DataInputStream from(int start) {
    return new DataInputStream(new ByteArrayInputStream(given, start, given.length - start));
  }

  private boolean member(DataInputStream in, DataOutputStream out, java.util.Map<String, Code> wanted) throws IOException {
    copyShort(in, out);
    String name = texts[copyShort(in, out)];
    String type = texts[copyShort(in, out)];
    Code code = wanted == null ? null : wanted.get(name + type);
    boolean found = false;
    for (int attributes = copyShort(in, out); attributes > 0; attributes--) {
      int attribute = copyShort(in, out);
      byte[] content = new byte[in.readInt()];
      in.readFully(content);
      if (code != null && "Code".equals(texts[attribute])) {
        content = extended(content, code);
        found = true;
      }
      out.writeInt(content.length);
      out.write(content);
    }
    return found;
  }

  /** A code attribute that begins with `code`. */
  private byte[] extended(byte[] attribute, Code code) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(attribute));
    out.writeShort(Math.max(in.readUnsignedShort(), STACK));
    int local = in.readUnsignedShort();
    if (local > 254) throw new IOException("Too many variables");
    out.writeShort(local + 1);
    byte[] start = beginning(code, local);
    byte[] own = new byte[in.readInt()];
    in.readFully(own);
    out.writeInt(start.length + own.length);
    out.write(start);
    out.write(own);
    int handlers = copyShort(in, out);
    for (int at = 0; at < handlers; at++) {
      for (int place = 0; place < 3; place++) out.writeShort(in.readUnsignedShort() + start.length);
      copyShort(in, out);
    }
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    DataOutputStream attributes = new DataOutputStream(kept);
    int count = 0;
    boolean framed = false;
    for (int left = in.readUnsignedShort(); left > 0; left--) {
      int name = in.readUnsignedShort();
      byte[] content = new byte[in.readInt()];
      in.readFully(content);
      if ("StackMapTable".equals(texts[name])) {
        content = frames(content, start.length, code.jumps);
        framed = true;
      } else if ("LineNumberTable".equals(texts[name])) {
        content = lines(content, start.length);
      } else {
        // For debuggers, which can do without.
        continue;
      }
      attributes.writeShort(name);
      attributes.writeInt(content.length);
      attributes.write(content);
      count++;
    }
    if (!framed && code.jumps) {
      byte[] content = frames(new byte[2], start.length, true);
      attributes.writeShort(text("StackMapTable"));
      attributes.writeInt(content.length);
      attributes.write(content);
      count++;
    }
    out.writeShort(count);
    out.write(kept.toByteArray());
    return bytes.toByteArray();
  }

  private byte[] beginning(Code code, int local) throws IOException {
    int number = constants(code);
    int size = 0;
    for (int each : code.code) size += each == METHOD || each == END ? 2 : 1;
    // A multiple of four: the tables of a switch are aligned to that.
    int padded = (size + 3) / 4 * 4;
    byte[] bytes = new byte[padded];
    // What is left is zero, which is `nop`, in front: behind a return it would need a frame of its own.
    int at = padded - size;
    for (int each : code.code) {
      if (each == METHOD || each == END) {
        // A jump is counted from its instruction, which is one byte long before this.
        int value = each == METHOD ? number : padded - (at - 1);
        bytes[at++] = (byte) (value >> 8);
        bytes[at++] = (byte) value;
      } else {
        bytes[at++] = (byte) (each == LOCAL ? local : each);
      }
    }
    return bytes;
  }

  private int constants(Code code) throws IOException {
    int owner = constant(7, text(code.owner));
    int nameAndType = constant(12, text(code.name), text(code.type));
    return constant(10, owner, nameAndType);
  }

  private int text(String text) throws IOException {
    added.writeByte(1);
    added.writeUTF(text);
    return constants++;
  }

  private int constant(int tag, int... numbers) throws IOException {
    added.writeByte(tag);
    for (int number : numbers) added.writeShort(number);
    return constants++;
  }

  private static byte[] lines(byte[] table, int shift) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(table));
    int count = copyShort(in, out);
    for (int at = 0; at < count; at++) {
      out.writeShort(in.readUnsignedShort() + shift);
      copyShort(in, out);
    }
    return bytes.toByteArray();
  }

  /** The frames of a method, `shift` bytes later; with one where its own code begins, if something jumps there. */
  private static byte[] frames(byte[] table, int shift, boolean jumps) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(table));
    int count = in.readUnsignedShort();
    int first = count == 0 ? -1 : firstOffset(table);
    boolean more = jumps && first != 0;
    out.writeShort(count + (more ? 1 : 0));
    if (more) {
      out.writeByte(251);
      out.writeShort(shift);
    }
    for (int at = 0; at < count; at++) {
      int type = in.readUnsignedByte();
      int stack = 0;
      int locals = 0;
      int delta = 0;
      if (type < 64) {
        delta = type;
      } else if (type < 128) {
        delta = type - 64;
        stack = 1;
      } else {
        delta = in.readUnsignedShort();
        if (type == 247) stack = 1;
        else if (type > 251 && type < 255) locals = type - 251;
      }
      if (at == 0) {
        delta += more ? -1 : shift;
        if (type < 64) type = 251;
        else if (type < 128) type = 247;
        out.writeByte(type);
        out.writeShort(delta);
      } else {
        out.writeByte(type);
        if (type >= 128) out.writeShort(delta);
      }
      if (type == 255) {
        types(in, out, copyShort(in, out), shift);
        types(in, out, copyShort(in, out), shift);
      } else {
        types(in, out, locals + stack, shift);
      }
    }
    return bytes.toByteArray();
  }

  private static int firstOffset(byte[] table) {
    int type = table[2] & 255;
    return type < 64 ? type : type < 128 ? type - 64 : (table[3] & 255) << 8 | table[4] & 255;
  }

  private static void types(DataInputStream in, DataOutputStream out, int count, int shift) throws IOException {
    for (int at = 0; at < count; at++) {
      int tag = in.readUnsignedByte();
      out.writeByte(tag);
      if (tag == 7) copyShort(in, out);
      // Where the object was made that is not yet initialised.
      if (tag == 8) out.writeShort(in.readUnsignedShort() + shift);
    }
  }

  private static int copyShort(DataInputStream in, DataOutputStream out) throws IOException {
    int value = in.readUnsignedShort();
    out.writeShort(value);
    return value;
  }

  private static void copy(DataInputStream in, DataOutputStream out, int count) throws IOException {
    byte[] bytes = new byte[count];
    in.readFully(bytes);
    out.write(bytes);
  }
}
