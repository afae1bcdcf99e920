import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigList;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Says what typesafe-config makes of each document on standard input; protocol in hocon_dump.cpp. Files are written
 * below the folder given as argument, so that includes work. Variables come in from the process's own environment.
 */
final class HoconOracle {
  private static String readLine(DataInputStream in) throws IOException {
    var bytes = new java.io.ByteArrayOutputStream();
    int c = in.read();
    if (c < 0) return null;
    for (; c >= 0 && c != '\n'; c = in.read()) bytes.write(c);
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static void quote(StringBuilder out, String s) {
    out.append('"');
    for (int i = 0; i < s.length(); ++i) {
      char c = s.charAt(i);
      if (c == '"' || c == '\\') out.append('\\').append(c);
      else if (c < 0x20 || c > 0x7e) out.append(String.format("\\u%04x", (int) c));
      else out.append(c);
    }
    out.append('"');
  }

  // ConfigRenderOptions.concise() writes infinities as no JSON does; hence our own walk over the same values.
  private static void render(StringBuilder out, ConfigValue v) {
    switch (v.valueType()) {
      case OBJECT: {
        out.append('{');
        boolean first = true;
        for (Map.Entry<String, ConfigValue> e : ((ConfigObject) v).entrySet()) {
          if (!first) out.append(',');
          first = false;
          quote(out, e.getKey());
          out.append(':');
          render(out, e.getValue());
        }
        out.append('}');
        break;
      }
      case LIST: {
        out.append('[');
        boolean first = true;
        for (ConfigValue e : (ConfigList) v) {
          if (!first) out.append(',');
          first = false;
          render(out, e);
        }
        out.append(']');
        break;
      }
      case STRING: quote(out, (String) v.unwrapped()); break;
      case NUMBER: {
        String s = v.unwrapped().toString();
        out.append(s.equals("Infinity") ? "1e999" : s.equals("-Infinity") ? "-1e999" : s);
        break;
      }
      default: out.append(v.unwrapped()); break;
    }
  }

  private static void deleteAll(File f) {
    File[] below = f.listFiles();
    if (below != null) for (File b : below) deleteAll(b);
    f.delete();
  }

  private static String run(File root) {
    try {
      Config c = ConfigFactory.parseFile(root, ConfigParseOptions.defaults().setAllowMissing(false));
      Config r = c.resolve(ConfigResolveOptions.defaults());
      StringBuilder out = new StringBuilder("OK ");
      render(out, r.root());
      return out.toString();
    } catch (ConfigException e) {
      int line = e.origin() == null ? 0 : Math.max(0, e.origin().lineNumber());
      return "ERROR " + line + " " + e.getClass().getSimpleName() + " " + String.valueOf(e.getMessage()).replace('\n', ' ').replace('\r', ' ');
    } catch (StackOverflowError e) {
      return "ERROR 0 StackOverflow -";
    } catch (RuntimeException e) {
      return "ERROR 0 " + e.getClass().getSimpleName() + " " + String.valueOf(e.getMessage()).replace('\n', ' ');
    }
  }

  public static void main(String[] args) throws Exception {
    Path base = Path.of(args[0]);
    DataInputStream in = new DataInputStream(new java.io.BufferedInputStream(System.in, 1 << 16));
    PrintStream out = new PrintStream(new java.io.BufferedOutputStream(System.out, 1 << 16), false, "UTF-8");
    String name = null;
    File root = null;
    int number = 0;
    Path folder = null;
    for (String line = readLine(in); line != null; line = readLine(in)) {
      int space = line.indexOf(' ');
      String word = space < 0 ? line : line.substring(0, space);
      String rest = space < 0 ? "" : line.substring(space + 1);
      if (word.equals("case")) {
        name = rest;
        root = null;
        folder = base.resolve("c" + number++);
      } else if (word.equals("file")) {
        int last = rest.lastIndexOf(' ');
        byte[] bytes = new byte[Integer.parseInt(rest.substring(last + 1))];
        in.readFully(bytes);
        in.read();
        Path file = folder.resolve(rest.substring(0, last));
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
        if (root == null) root = file.toFile();
      } else if (word.equals("end")) {
        out.print(name + " " + run(root) + "\n");
        deleteAll(folder.toFile());
      }
    }
    out.flush();
  }
}
