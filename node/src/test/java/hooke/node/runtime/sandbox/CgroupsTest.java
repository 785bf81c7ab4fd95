package hooke.node.runtime.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is written for control groups of version 2, on a tree of plain files: most machines that
/// build this have version 1, where the attacks meet real ones.
final class CgroupsTest {
  @TempDir Path root;

  private Path write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(Objects.requireNonNull(path.getParent()));
    return Files.writeString(path, text);
  }

  private Cgroups found(String controllers) throws IOException {
    write("self/cgroup", "0::/user/session\n");
    write(
        "self/mountinfo",
        "30 23 0:26 / %s rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
            .formatted(root.resolve("fs")));
    write("fs/user/session/cgroup.controllers", controllers);
    write("fs/user/session/cgroup.subtree_control", "\n");
    return Cgroups.find(root.resolve("self"));
  }

  @Test
  void versionTwoLimitsMemoryThreadsAndCpuInAGroupOfTheWorkersOwn() throws IOException {
    Cgroups groups = found("cpuset cpu io memory pids\n");
    assertEquals(
        Set.of(Cgroups.Controller.MEMORY, Cgroups.Controller.PIDS, Cgroups.Controller.CPU),
        groups.controllers());
    Launch launch =
        new Launch(Program.jvm(), List.of(), root, List.of(), List.of(), 1, 64 << 20, 1 << 20, 10);
    try (Cgroups.Group group = groups.make(launch)) {
      Path own = group.directories().iterator().next();
      assertEquals(Set.of(own), group.directories());
      assertEquals(root.resolve("fs/user/session"), own.getParent());
      assertEquals("67108864", Files.readString(own.resolve("memory.max")));
      assertEquals("14", Files.readString(own.resolve("pids.max")));
      assertEquals("200000 100000", Files.readString(own.resolve("cpu.max")));
      Files.writeString(own.resolve("memory.events"), "oom 0\noom_kill 0\n");
      assertFalse(group.ranOutOfMemory());
      Files.writeString(own.resolve("memory.events"), "oom 1\noom_kill 1\n");
      assertTrue(group.ranOutOfMemory());
      for (String file : List.of("memory.max", "pids.max", "cpu.max", "memory.events")) {
        Files.delete(own.resolve(file));
      }
    }
  }

  @Test
  void whatTheKernelDoesNotOfferIsNotClaimed() throws IOException {
    Cgroups groups = found("io pids\n");
    assertEquals(Set.of(Cgroups.Controller.PIDS), groups.controllers());
    assertTrue(groups.description().contains("(pids)"), groups.description());
    assertTrue(found("io\n").description().contains("resource limits only"));
  }
}
