package hooke.node.task;

import hooke.chain.Wei;
import hooke.node.config.ConfigException;
import hooke.node.config.Units;
import hooke.node.config.Yaml;
import hooke.node.spec.Escaped;
import hooke.node.spec.HostNames;
import hooke.node.spec.UnitPrice;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/// Reads a task from YAML. Paths are relative to the file; every key that is not known, every value
/// of the wrong kind and every number out of range is a [ConfigException] that names file and
/// field.
public final class TaskFile {
  private TaskFile() {}

  public static TaskDraft read(Path file) {
    return read(file, Yaml.read(file));
  }

  static TaskDraft read(Path file, Yaml yaml) {
    Path parent = file.toAbsolutePath().getParent();
    Path base = parent == null ? Path.of("/") : parent;
    TaskDraft.Builder draft =
        TaskDraft.of(yaml.value("program", text -> local(base, "a program", text)));
    Field top = new Field(yaml);
    top.value("argv0", text -> text, draft::argv0);
    top.list("args", text -> text, draft::args);
    yaml.textMap("env")
        .forEach((name, value) -> check(yaml, "env." + name, () -> draft.env(name, value)));
    top.value("array", text -> local(base, "a file with a line for each task", text), draft::array);
    top.value("slots", TaskFile::whole, draft::slots);
    top.value("stdin", text -> local(base, "a file", text), draft::stdin);
    yaml.list(
            "inputs",
            text -> InputSource.parse(text, base),
            input ->
                input.value(
                    "from",
                    from -> {
                      String path = input.optionalText("path");
                      return path == null
                          ? InputSource.parse(from, base)
                          : new InputSource(path, local(base, "a file or directory", from));
                    }))
        .forEach(draft::input);

    Yaml limits = yaml.section("limits");
    Field limit = new Field(limits);
    limit.value("fuel", Units::fuel, draft::fuel);
    limit.value("memory", Units::bytes, draft::memory);
    limit.value("output", Units::bytes, draft::output);
    limit.value("cpu", Units::cpuMillis, draft::cpu);

    Yaml price = yaml.section("price");
    Field cost = new Field(price);
    cost.value("start", UnitPrice::parse, draft::startPrice);
    cost.value("max", UnitPrice::parse, draft::maxPrice);
    cost.value("ramp", Units::duration, draft::ramp);
    cost.value("uploadBudget", Wei::parse, draft::uploadBudget);

    Field times = new Field(yaml.section("times"));
    times.value("open", Units::duration, draft::open);
    times.value("run", Units::duration, draft::run);
    times.value("window", Units::duration, draft::window);
    times.value("retention", Units::duration, draft::retention);

    top.value("verify", Proof::parse, draft::proof);
    Field providers = new Field(yaml.section("providers"));
    providers.value("minStake", Wei::parse, draft::minStake);
    providers.list("allow", TaskFile::whole, draft::allow);
    top.value("exclusiveKey", text -> text, draft::exclusiveKey);
    top.value("clock", TaskFile::instant, draft::clock);
    draft.realTime(yaml.flag("realTime", false));
    top.value("seed", TaskFile::number, draft::seed);
    yaml.done();
    try {
      return draft.build();
    } catch (IllegalArgumentException e) {
      throw new ConfigException(HostNames.shown(file) + ": " + e.getMessage());
    }
  }

  private static Path local(Path base, String what, String text) {
    if (text.isBlank() || text.indexOf('\0') >= 0) {
      throw new ConfigException("must be the path of " + what);
    }
    try {
      return HostNames.child(base, text);
    } catch (InvalidPathException e) {
      throw new ConfigException("'%s' cannot be a file's name here".formatted(Escaped.name(text)));
    }
  }

  private static int whole(String text) {
    long number = number(text);
    if (number > Integer.MAX_VALUE) {
      throw new ConfigException("'" + text + "' is too large");
    }
    return (int) number;
  }

  private static long number(String text) {
    try {
      long number = Long.parseLong(text.strip());
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Falls through to the one sentence about what is wanted.
    }
    throw new ConfigException(
        "'%s' is not a whole number from 0 to %d"
            .formatted(text.length() > 40 ? text.substring(0, 37) + "..." : text, Long.MAX_VALUE));
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text.strip());
    } catch (DateTimeException e) {
      throw new ConfigException("'" + text + "' is not a time such as 2026-01-31T12:00:00Z");
    }
  }

  private static void check(Yaml yaml, String key, Runnable use) {
    try {
      use.run();
    } catch (IllegalArgumentException e) {
      throw yaml.fail(key, String.valueOf(e.getMessage()));
    }
  }

  /// Hands a key's value on, if it stands there; what the receiver objects to gets the field's
  /// path.
  private record Field(Yaml yaml) {
    <T> void value(String key, Function<String, T> reader, Consumer<T> use) {
      if (yaml.has(key)) {
        T value = yaml.value(key, reader);
        check(yaml, key, () -> use.accept(value));
      }
    }

    <T> void list(String key, Function<String, T> reader, Consumer<List<T>> use) {
      if (yaml.has(key)) {
        List<T> values = new ArrayList<>();
        for (String text : yaml.texts(key)) {
          check(yaml, key, () -> values.add(reader.apply(text)));
        }
        check(yaml, key, () -> use.accept(values));
      }
    }
  }
}
