// Java Avro's answers to the lines that avro_dump answers, in the same form.
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.apache.avro.*;
import org.apache.avro.generic.*;
import org.apache.avro.io.*;

public class Oracle {
  static Schema parse(String text) {
    return new Schema.Parser().parse(text);
  }

  static byte[] encode(Schema schema, Object value) throws IOException {
    var out = new ByteArrayOutputStream();
    var encoder = EncoderFactory.get().binaryEncoder(out, null);
    new GenericDatumWriter<Object>(schema).write(value, encoder);
    encoder.flush();
    return out.toByteArray();
  }

  static String reason(Throwable problem) {
    return "!" + String.valueOf(problem).replaceAll("\\s+", " ");
  }

  static String answer(String line) throws Exception {
    var hex = HexFormat.of();
    var parts = line.split("\t", 3);
    Schema writer;
    Schema reader;
    try {
      writer = parse(parts[0]);
      reader = parse(parts[1]);
    } catch (RuntimeException | StackOverflowError problem) {
      return reason(problem);
    }
    var out = new StringBuilder();
    out.append(SchemaNormalization.toParsingForm(writer)).append('\t');
    out.append(hex.formatHex(SchemaNormalization.parsingFingerprint("CRC-64-AVRO", writer))).append('\t');
    out.append(hex.formatHex(SchemaNormalization.parsingFingerprint("SHA-256", writer))).append('\t');
    byte[] data;
    try {
      var value = new GenericDatumReader<Object>(writer).read(null, DecoderFactory.get().jsonDecoder(writer, parts[2]));
      data = encode(writer, value);
    } catch (Exception | StackOverflowError problem) {
      return out.append(reason(problem)).append("\t\t").toString();
    }
    out.append(hex.formatHex(data)).append('\t');
    var all = SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getType();
    out.append(all == SchemaCompatibility.SchemaCompatibilityType.COMPATIBLE ? "yes" : "no").append('\t');
    try {
      var seen = new GenericDatumReader<Object>(writer, reader).read(null, DecoderFactory.get().binaryDecoder(data, null));
      out.append(hex.formatHex(encode(reader, seen)));
    } catch (Exception | StackOverflowError problem) {
      out.append(reason(problem));
    }
    return out.toString();
  }

  public static void main(String[] args) throws Exception {
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var out = new PrintStream(new BufferedOutputStream(System.out), false, StandardCharsets.UTF_8);
    for (String line; (line = in.readLine()) != null; ) out.print(answer(line) + "\n");
    out.flush();
  }
}
