import acme.sensors.reading;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;

/**
 * Java Avro's generated class at its best: objects, decoder, encoder and buffer are reused. The records are those of
 * cloudflow/schema/codec.bench.cpp.
 */
public final class AvroReading {
  private static final int RECORDS = 1024;

  private static reading made(int i) {
    return reading.newBuilder()
        .setSrc("sensor-" + i % 97)
        .setTimestamp(java.time.Instant.ofEpochMilli(1_700_000_000_000L + 250L * i))
        .setGauge(i % 3 == 0 ? "temperature" : "wind")
        .setValue(0.25 * i)
        .build();
  }

  public static void main(String[] arguments) throws Exception {
    var count = Integer.parseInt(arguments[0]);
    var rounds = Integer.parseInt(arguments[1]);
    var writer = new SpecificDatumWriter<>(reading.class);
    var reader = new SpecificDatumReader<>(reading.class);
    var values = new ArrayList<reading>();
    var encoded = new ArrayList<byte[]>();
    BinaryEncoder encoder = null;
    var buffer = new ByteArrayOutputStream(1024);
    for (int i = 0; i < RECORDS; ++i) {
      values.add(made(i));
      buffer.reset();
      encoder = EncoderFactory.get().binaryEncoder(buffer, encoder);
      writer.write(values.get(i), encoder);
      encoder.flush();
      encoded.add(buffer.toByteArray());
    }
    BinaryDecoder decoder = null;
    reading reused = new reading();
    double sum = 0;
    for (int round = 0; round < rounds; ++round) {
      long begin = System.nanoTime();
      for (int i = 0; i < count; ++i) {
        decoder = DecoderFactory.get().binaryDecoder(encoded.get(i % RECORDS), decoder);
        reused = reader.read(reused, decoder);
        sum += reused.getValue();
      }
      long middle = System.nanoTime();
      for (int i = 0; i < count; ++i) {
        buffer.reset();
        encoder = EncoderFactory.get().binaryEncoder(buffer, encoder);
        writer.write(values.get(i % RECORDS), encoder);
        encoder.flush();
        sum += buffer.size();
      }
      long end = System.nanoTime();
      System.out.printf("decode %.4f %f%n", (middle - begin) / (double) count, sum);
      System.out.printf("encode %.4f %f%n", (end - middle) / (double) count, sum);
    }
  }
}
