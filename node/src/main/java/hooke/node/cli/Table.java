package hooke.node.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Aligned columns for people. What strangers wrote is stripped of control characters, so that
/// nobody moves the reader's cursor.
final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  Table(String... header) {
    rows.add(List.of(header));
  }

  Table row(Object... cells) {
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(plain(cell.toString()));
    }
    rows.add(row);
    return this;
  }

  static String plain(String text) {
    return text.codePoints()
        .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  @Override
  public String toString() {
    int columns = rows.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    return rows.stream()
        .map(row -> {
          StringBuilder line = new StringBuilder();
          for (int i = 0; i < columns; i++) {
            line.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
          }
          return line.toString().stripTrailing();
        })
        .collect(Collectors.joining("\n"));
  }
}
