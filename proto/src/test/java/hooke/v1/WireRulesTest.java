package hooke.v1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The house rules of the wire, as far as a program can check them.
class WireRulesTest {
  private static final Path PROTOS = Path.of("src/main/proto/hooke/v1");
  private static final Set<String> GROUPS = Set.of("node", "market", "task", "blob");
  private static final Pattern DECLARATION =
      Pattern.compile(
          "^ *(message|enum|service|rpc|oneof) \\w+.*|^ *(repeated )?[\\w.]+ \\w+ = \\d+.*[;\\[]$"
              + "|^ *[A-Z_0-9]+ = \\d+;");

  private static final List<FileDescriptor> FILES =
      List.of(
          AuthProto.getDescriptor(),
          SpecProto.getDescriptor(),
          NodeProto.getDescriptor(),
          MarketProto.getDescriptor(),
          TaskProto.getDescriptor());

  private static List<MethodDescriptor> methods() {
    return FILES.stream()
        .flatMap(file -> file.getServices().stream())
        .map(ServiceDescriptor::getMethods)
        .flatMap(List::stream)
        .toList();
  }

  @Test
  void everyMethodHasARequestAndAResponseOfItsOwn() {
    for (MethodDescriptor method : methods()) {
      assertEquals(method.getName() + "Request", method.getInputType().getName());
      assertEquals(method.getName() + "Response", method.getOutputType().getName());
    }
  }

  @Test
  void whatConcernsOneAccountNeedsATokenAndNothingElseDoes() {
    for (MethodDescriptor method : methods()) {
      String group = method.getOptions().getExtension(AuthProto.accessGroup);
      if (method.getService().getName().equals("TaskService")) {
        assertTrue(GROUPS.contains(group), method.getFullName() + " has the group '" + group + "'");
      } else if (method.getName().endsWith("DeclinedSpecs")) {
        assertEquals("node", group, method.getFullName());
      } else {
        assertEquals("", group, method.getFullName());
      }
    }
  }

  @Test
  void everyDeclarationIsExplained() throws IOException {
    List<String> bare = new ArrayList<>();
    try (Stream<Path> files = Files.list(PROTOS)) {
      for (Path file : files.sorted().toList()) {
        List<String> lines = Files.readAllLines(file);
        for (int i = 1; i < lines.size(); i++) {
          String line = lines.get(i);
          boolean explained = lines.get(i - 1).strip().startsWith("//");
          if (DECLARATION.matcher(line).matches() && !explained && !line.startsWith("    type:")) {
            bare.add(file.getFileName() + ":" + (i + 1) + " " + line.strip());
          }
        }
      }
    }
    assertEquals(List.of(), bare, "put a comment above: unit, default, what zero means, the error");
  }
}
