package authsome;

import java.util.HashMap;
import java.util.Map;

/** System properties as the run sets them; a secret is in none. */
final class Properties {
  private static final Map<String, String> before = new HashMap<>();

  private Properties() {}

  static synchronized void set(String name, String value) {
    if (!before.containsKey(name)) before.put(name, System.getProperty(name));
    if (value == null) System.clearProperty(name);
    else System.setProperty(name, value);
  }

  /** As the program was started with. */
  static synchronized void restore() {
    for (Map.Entry<String, String> entry : before.entrySet()) {
      if (entry.getValue() == null) System.clearProperty(entry.getKey());
      else System.setProperty(entry.getKey(), entry.getValue());
    }
    before.clear();
  }
}
