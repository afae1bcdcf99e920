import java.time.Duration;
import java.util.SplittableRandom;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;

/**
 * The sliding average (60 s every 30 s, 1,000 keys, state on the heap) on Flink's mini cluster, one slot, objects
 * reused: the case of cloudflow/stream/op/window.bench.cpp. The time of a start with 1,000 elements is taken off.
 */
public final class FlinkAverage {
  public static final class Reading {
    public int sensor;
    public long time;
    public double value;
  }

  public static final class Sum {
    public double sum;
    public long count;
  }

  static final class Average implements AggregateFunction<Reading, Sum, Double> {
    public Sum createAccumulator() {
      return new Sum();
    }

    public Sum add(Reading reading, Sum sum) {
      sum.sum += reading.value;
      ++sum.count;
      return sum;
    }

    public Double getResult(Sum sum) {
      return sum.sum / sum.count;
    }

    public Sum merge(Sum a, Sum b) {
      a.sum += b.sum;
      a.count += b.count;
      return a;
    }
  }

  private static Reading reading(long i) {
    var random = new SplittableRandom(i);
    var made = new Reading();
    made.sensor = random.nextInt(1000);
    made.time = i / 10;
    made.value = random.nextDouble();
    return made;
  }

  private static double run(long count) throws Exception {
    var environment = StreamExecutionEnvironment.createLocalEnvironment(1, new Configuration());
    environment.getConfig().enableObjectReuse();
    long begin = System.nanoTime();
    environment
        .fromSequence(0, count - 1)
        .map(FlinkAverage::reading)
        .returns(Reading.class)
        .assignTimestampsAndWatermarks(
            WatermarkStrategy.<Reading>forMonotonousTimestamps().withTimestampAssigner((r, t) -> r.time))
        .keyBy(r -> r.sensor, Types.INT)
        .window(SlidingEventTimeWindows.of(Duration.ofSeconds(60), Duration.ofSeconds(30)))
        .aggregate(new Average())
        .sinkTo(new DiscardingSink<>());
    environment.execute();
    return System.nanoTime() - begin;
  }

  public static void main(String[] arguments) throws Exception {
    var count = Integer.parseInt(arguments[0]);
    var rounds = Integer.parseInt(arguments[1]);
    for (int round = 0; round < rounds; ++round) {
      double start = run(1000);
      System.out.printf("average %.4f%n", (run(count) - start) / count);
    }
    System.exit(0);
  }
}
