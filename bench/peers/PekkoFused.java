import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;

/** map, filter, map, fold of longs in one fused Pekko stream: the chain of cloudflow/stream/fused.bench.cpp. */
public final class PekkoFused {
  public static void main(String[] arguments) throws Exception {
    var count = Integer.parseInt(arguments[0]);
    var rounds = Integer.parseInt(arguments[1]);
    var system = ActorSystem.create();
    for (int round = 0; round < rounds; ++round) {
      long begin = System.nanoTime();
      var folded =
          Source.range(0, count - 1)
              .map(x -> (long) x * 3)
              .filter(x -> (x & 1) == 0)
              .map(x -> x + 7)
              .runWith(Sink.fold(0L, (Long a, Long x) -> a + (x ^ (a >> 3))), system)
              .toCompletableFuture()
              .get(10, TimeUnit.MINUTES);
      System.out.printf("fused %.4f %d%n", (System.nanoTime() - begin) / (double) count, folded);
    }
    system.terminate();
  }
}
