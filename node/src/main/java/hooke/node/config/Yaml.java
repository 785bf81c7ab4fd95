package hooke.node.config;

import hooke.node.spec.Escaped;
import hooke.node.spec.HostNames;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.resolver.ScalarResolver;
import org.snakeyaml.engine.v2.schema.FailsafeSchema;

/// One mapping of a YAML document, read key by key. Scalars stay text until a reader asks for a
/// type, so `0x10`, `1e9` and `no` mean what the field says and never what YAML guesses. [#done]
/// rejects every key that nobody asked for: a misspelt key is an error, not a silent default.
///
/// Every failure is a [ConfigException] that starts with the file and the field's path.
public final class Yaml {
  /// Larger documents are refused before they are parsed.
  public static final int MAX_BYTES = 1 << 20;

  /// Levels of mappings and lists; our own documents have four.
  private static final int MAX_DEPTH = 32;

  /// Characters of what the parser says.
  private static final int MAX_PROBLEM = 300;

  /// Every scalar is text, also the empty one, for which [FailsafeSchema] has a tag that it cannot
  /// read.
  private static final FailsafeSchema TEXT =
      new FailsafeSchema() {
        @Override
        public ScalarResolver getScalarResolver() {
          return (value, implicit) -> Tag.STR;
        }
      };

  private final String source;
  private final String path;
  private final Map<String, Object> values;
  private final Set<String> asked = new LinkedHashSet<>();
  private final List<Yaml> children = new ArrayList<>();

  private Yaml(String source, String path, Map<String, Object> values) {
    this.source = source;
    this.path = path;
    this.values = values;
  }

  /// Reads a file whose top level is a mapping.
  public static Yaml read(Path file) {
    String name = HostNames.shown(file);
    try {
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        throw new ConfigException(name + ": is not a file");
      }
      byte[] bytes;
      try (InputStream in = Files.newInputStream(file)) {
        bytes = in.readNBytes(MAX_BYTES + 1);
      }
      if (bytes.length > MAX_BYTES) {
        throw new ConfigException(name + ": larger than 1 MiB; this is not a Hooke document");
      }
      return parse(name, text(name, bytes));
    } catch (NoSuchFileException e) {
      throw new ConfigException(name + ": no such file");
    } catch (AccessDeniedException e) {
      throw new ConfigException(name + ": cannot be read: permission denied");
    } catch (IOException e) {
      throw new ConfigException(name + ": cannot be read: " + e.getMessage());
    }
  }

  private static String text(String name, byte[] bytes) {
    CharBuffer text = CharBuffer.allocate(bytes.length);
    ByteBuffer from = ByteBuffer.wrap(bytes);
    CoderResult end = StandardCharsets.UTF_8.newDecoder().decode(from, text, true);
    if (end.isError()) {
      long line = 1 + text.flip().chars().filter(c -> c == '\n').count();
      throw new ConfigException(
          "%s: line %,d: the byte 0x%02x is not UTF-8"
              .formatted(name, line, from.get(from.position()) & 0xff));
    }
    return text.flip().toString();
  }

  /// Reads `text`; `source` names it in errors.
  public static Yaml parse(String source, String text) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(source)
            .setSchema(TEXT)
            .setAllowDuplicateKeys(false)
            .setMaxAliasesForCollections(0)
            .setCodePointLimit(MAX_BYTES)
            .build();
    // Some editors begin a file with a byte order mark, which means nothing in UTF-8.
    String bare = text.startsWith("\ufeff") ? text.substring(1) : text;
    Object root;
    try {
      checkShape(source, new Parse(settings).parseString(bare));
      root = new Load(settings).loadFromString(bare);
    } catch (ConfigException e) {
      throw e;
    } catch (MarkedYamlEngineException e) {
      throw new ConfigException(
          "%s: %snot valid YAML: %s"
              .formatted(source, place(e.getProblemMark()), Escaped.text(problem(e), MAX_PROBLEM)));
    } catch (RuntimeException e) {
      // The parser's own failures on what nobody writes, such as a version of YAML with 20 digits.
      throw new ConfigException(
          "%s: not valid YAML: %s"
              .formatted(source, Escaped.text(String.valueOf(e.getMessage()), MAX_PROBLEM)));
    }
    return new Yaml(source, "", mapping(source, "", root));
  }

  private static String problem(MarkedYamlEngineException e) {
    return String.join(
        ", ",
        Stream.of(e.getContext(), e.getProblem())
            .filter(Objects::nonNull)
            .map(each -> each.replaceAll("\\s+", " ").strip())
            .toList());
  }

  private static String place(Optional<Mark> mark) {
    return mark.map(at -> "line %,d, column %,d: ".formatted(at.getLine() + 1, at.getColumn() + 1))
        .orElse("");
  }

  /// Looks at what a document is made of before anything is built of it: what builds it calls
  /// itself for each level, and would also follow names and types that mean nothing here.
  private static void checkShape(String source, Iterable<Event> events) {
    // What stands open: a list, or a mapping whose key or value comes next.
    Deque<Open> open = new ArrayDeque<>();
    int documents = 0;
    boolean empty = true;
    for (Event event : events) {
      String wrong = null;
      if (event instanceof NodeEvent && !open.isEmpty() && open.peek() != Open.LIST) {
        boolean key = open.pop() == Open.KEY;
        open.push(key ? Open.VALUE : Open.KEY);
        if (key && !(event instanceof ScalarEvent)) {
          wrong = "a key must be a single value";
        }
      }
      switch (event.getEventId()) {
        case DocumentStart -> {
          if (++documents > 1) {
            wrong = "a second document begins; a file holds one";
          }
        }
        case MappingStart -> open.push(Open.KEY);
        case SequenceStart -> open.push(Open.LIST);
        case MappingEnd, SequenceEnd -> open.pop();
        case Alias -> wrong = "an alias (*name): write out what it stands for";
        default -> {}
      }
      if (open.size() > MAX_DEPTH) {
        wrong = "nested more than %d levels deep".formatted(MAX_DEPTH);
      }
      empty &= !(event instanceof NodeEvent);
      if (wrong == null && tag(event).isPresent()) {
        wrong = "a tag (%s): leave it out".formatted(Escaped.name(tag(event).get()));
      }
      if (wrong != null) {
        throw new ConfigException(source + ": " + place(event.getStartMark()) + wrong);
      }
    }
    if (empty) {
      throw new ConfigException(source + ": the file is empty");
    }
  }

  private enum Open {
    LIST,
    KEY,
    VALUE
  }

  private static Optional<String> tag(Event event) {
    return switch (event) {
      case ScalarEvent scalar -> scalar.getTag();
      case CollectionStartEvent collection -> collection.getTag();
      default -> Optional.empty();
    };
  }

  private static Map<String, Object> mapping(String source, String path, Object value) {
    if (!(value instanceof Map<?, ?> map)) {
      throw new ConfigException(
          source
              + ": "
              + (path.isEmpty() ? "the document" : path)
              + " must be a mapping (key: value)");
    }
    Map<String, Object> named = new LinkedHashMap<>();
    map.forEach((key, entry) -> {
      if (!(key instanceof String name)) {
        throw new ConfigException(
            "%s: %sa key must be a single value"
                .formatted(source, path.isEmpty() ? "" : path + ": "));
      }
      named.put(name, entry == null ? "" : entry);
    });
    return named;
  }

  /// True when the key stands in the document.
  public boolean has(String key) {
    asked.add(key);
    return values.containsKey(key);
  }

  /// A scalar that must be there.
  public String text(String key) {
    String value = optionalText(key);
    if (value == null) {
      throw fail(key, "is missing");
    }
    return value;
  }

  public @Nullable String optionalText(String key) {
    asked.add(key);
    Object value = values.get(key);
    if (value == null) {
      return null;
    }
    if (!(value instanceof String text)) {
      throw fail(key, "must be a single value");
    }
    return text;
  }

  public String text(String key, String fallback) {
    String value = optionalText(key);
    return value == null ? fallback : value;
  }

  /// A scalar read by `reader`, whose [ConfigException] or [IllegalArgumentException] gets the
  /// path.
  public <T> T value(String key, Function<String, T> reader) {
    return read(key, text(key), reader);
  }

  public <T> T value(String key, T fallback, Function<String, T> reader) {
    String text = optionalText(key);
    return text == null ? fallback : read(key, text, reader);
  }

  private <T> T read(String key, String text, Function<String, T> reader) {
    try {
      return reader.apply(text);
    } catch (ConfigException | IllegalArgumentException | ArithmeticException e) {
      throw fail(key, e.getMessage() == null ? "is not valid" : e.getMessage());
    }
  }

  /// A whole number within the given bounds, both included.
  public long number(String key, long fallback, long least, long most) {
    return value(key, fallback, text -> number(text, least, most));
  }

  private static long number(String text, long least, long most) {
    String wanted = "is not a whole number from " + least + " to " + most;
    long number;
    try {
      number = Long.parseLong(text.strip().replace("_", ""));
    } catch (NumberFormatException e) {
      throw new ConfigException("'" + text + "' " + wanted);
    }
    if (number < least || number > most) {
      throw new ConfigException("'" + text + "' " + wanted);
    }
    return number;
  }

  public boolean flag(String key, boolean fallback) {
    return value(
        key,
        fallback,
        text ->
            switch (text) {
              case "true" -> true;
              case "false" -> false;
              default -> throw new ConfigException("'" + text + "' is neither true nor false");
            });
  }

  /// A nested mapping; an absent one reads as empty.
  public Yaml section(String key) {
    asked.add(key);
    Object value = values.get(key);
    Yaml section =
        new Yaml(
            source,
            at(key),
            value == null || value.equals("")
                ? new LinkedHashMap<>()
                : mapping(source, at(key), value));
    children.add(section);
    return section;
  }

  /// A list of scalars; one scalar reads as a list of one, an absent key as an empty list.
  public List<String> texts(String key) {
    List<String> texts = new ArrayList<>();
    for (Object item : items(key)) {
      if (!(item instanceof String text)) {
        throw fail(key, "must be a list of single values");
      }
      texts.add(text);
    }
    return texts;
  }

  /// A list whose items are scalars or mappings; `scalar` turns the short form into a value.
  public <T> List<T> list(String key, Function<String, T> scalar, Function<Yaml, T> mapped) {
    List<T> read = new ArrayList<>();
    int index = 0;
    for (Object item : items(key)) {
      String itemKey = key + "[" + index++ + "]";
      if (item instanceof String text) {
        read.add(read(itemKey, text, scalar));
      } else {
        Yaml section = new Yaml(source, at(itemKey), mapping(source, at(itemKey), item));
        read.add(mapped.apply(section));
        section.done();
      }
    }
    return read;
  }

  /// A mapping from names to scalars, such as environment variables, in the document's order.
  public Map<String, String> textMap(String key) {
    Map<String, String> texts = new LinkedHashMap<>();
    Yaml section = section(key);
    for (String name : section.values.keySet()) {
      texts.put(name, section.text(name));
    }
    return texts;
  }

  private List<?> items(String key) {
    asked.add(key);
    Object value = values.get(key);
    if (value == null) {
      return List.of();
    }
    return value instanceof List<?> list ? list : List.of(value);
  }

  /// Fails if this mapping or one of its sections holds a key that was never asked for.
  public void done() {
    for (String key : values.keySet()) {
      if (!asked.contains(key)) {
        throw new ConfigException(
            source
                + ": "
                + at(key)
                + " is not a known key; here may stand: "
                + String.join(", ", asked));
      }
    }
    children.forEach(Yaml::done);
  }

  /// An error at `key`, for rules that span several fields.
  public ConfigException fail(String key, String problem) {
    return new ConfigException(source + ": " + at(key) + ": " + problem);
  }

  private String at(String key) {
    return path.isEmpty() ? Escaped.name(key) : path + "." + Escaped.name(key);
  }
}
