import java.io.File;
import org.apache.avro.compiler.specific.SpecificCompiler;

/** Makes Java Avro's class of a schema: `java -cp ... Generate.java SCHEMA FOLDER`. */
public final class Generate {
  public static void main(String[] arguments) throws Exception {
    SpecificCompiler.compileSchema(new File(arguments[0]), new File(arguments[1]));
  }
}
