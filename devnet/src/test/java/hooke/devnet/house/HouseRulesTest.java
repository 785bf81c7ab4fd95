package hooke.devnet.house;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The house's rules of direction, as tests. Each message says what to do instead. They stand in
/// this module because it is the only one that sees all the others.
class HouseRulesTest {
  private static final String PROTO = "hooke.v1..";
  private static final String CHAIN = "hooke.chain..";
  private static final String STORAGE = "hooke.storage..";
  private static final String SCHEDULER = "hooke.scheduler..";
  private static final String NODE = "hooke.node..";
  private static final String DEVNET = "hooke.devnet..";

  private static JavaClasses house;

  @BeforeAll
  static void readTheClasses() {
    house =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("hooke");
    for (String each : new String[] {PROTO, CHAIN, STORAGE, SCHEDULER, NODE, DEVNET}) {
      assertFalse(
          house.that(resideInAPackage(each)).isEmpty(), "no classes of " + each + " to judge");
    }
  }

  @Test
  void theFourLibrariesDoNotKnowEachOther() {
    for (String library : new String[] {PROTO, CHAIN, STORAGE, SCHEDULER}) {
      String[] others =
          Stream.of(PROTO, CHAIN, STORAGE, SCHEDULER, NODE, DEVNET)
              .filter(each -> !each.equals(library))
              .toArray(String[]::new);
      noClasses()
          .that()
          .resideInAPackage(library)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(others)
          .because(
              "libraries do not import each other: let them meet in hooke.node and pass values")
          .check(house);
    }
  }

  @Test
  void nobodyKnowsTheDevnet() {
    noClasses()
        .that()
        .resideOutsideOfPackage(DEVNET)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(DEVNET)
        .because("a devnet is built on the product: move what both need into hooke.node")
        .check(house);
  }

  @Test
  void theSchedulerHasNoClockNoChanceNoThreadAndNoSocket() {
    DescribedPredicate<JavaClass> outside =
        resideInAnyPackage(
                "java.net..",
                "java.nio.file..",
                "java.nio.channels..",
                "java.util.concurrent..",
                "javax.net..",
                "java.security..",
                "org.slf4j..")
            .or(
                named(
                    "java.lang.Thread",
                    "java.lang.Process",
                    "java.lang.ProcessBuilder",
                    "java.time.Clock",
                    "java.util.Random",
                    "java.util.Timer",
                    "java.io.File",
                    "java.io.FileInputStream",
                    "java.io.FileOutputStream"));
    noClasses()
        .that()
        .resideInAPackage(SCHEDULER)
        .should()
        .dependOnClassesThat(outside)
        .because("decisions are pure: take a snapshot and `now` as arguments, return a plan")
        .check(house);
    noClasses()
        .that()
        .resideInAPackage(SCHEDULER)
        .should()
        .callMethodWhere(
            call("java.time.Instant", "now")
                .or(call("java.time.LocalDate", "now"))
                .or(call("java.time.LocalDateTime", "now"))
                .or(call("java.time.ZonedDateTime", "now"))
                .or(call("java.lang.System", "currentTimeMillis"))
                .or(call("java.lang.System", "nanoTime"))
                .or(call("java.lang.Math", "random"))
                .or(call("java.util.UUID", "randomUUID")))
        .because("time and chance are passed in: take an Instant, or a seed for a SplittableRandom")
        .check(house);
  }

  private static DescribedPredicate<com.tngtech.archunit.core.domain.JavaMethodCall> call(
      String owner, String method) {
    return DescribedPredicate.describe(
        owner + "." + method + "()",
        call ->
            call.getTargetOwner().getName().equals(owner)
                && call.getTarget().getName().equals(method));
  }

  private static DescribedPredicate<JavaClass> named(String... names) {
    Set<String> all = Set.of(names);
    return DescribedPredicate.describe(
        "one of " + all,
        type -> all.contains(type.getName()) || all.contains(outermost(type).getName()));
  }

  private static JavaClass outermost(JavaClass type) {
    return type.getEnclosingClass().map(HouseRulesTest::outermost).orElse(type);
  }

  @Test
  void onlyTheDoorTouchesWeb3j() {
    noClasses()
        .that()
        .resideOutsideOfPackage(CHAIN)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.web3j..", "okhttp3..")
        .because(
            "the chain is spoken to through one door: use hooke.chain (ChainClient, HookeContract, Wallet)")
        .check(house);
  }

  @Test
  void theDoorShowsOnlyItsOwnTypes() {
    ArchCondition<JavaCodeUnit> showForeignTypes =
        new ArchCondition<>("show types of web3j, okhttp, Jackson or Bouncy Castle") {
          @Override
          public void check(JavaCodeUnit unit, ConditionEvents events) {
            Set<String> foreign =
                Stream.concat(
                        unit.getRawParameterTypes().stream(), Stream.of(unit.getRawReturnType()))
                    .map(JavaClass::getName)
                    .filter(HouseRulesTest::isForeign)
                    .collect(Collectors.toSet());
            events.add(
                new SimpleConditionEvent(
                    unit, !foreign.isEmpty(), unit.getFullName() + " shows " + foreign));
          }
        };
    com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noCodeUnits()
        .that(visibleToOthers())
        .and()
        .areDeclaredInClassesThat()
        .resideInAPackage(CHAIN)
        .should(showForeignTypes)
        .because(
            "a facade must outlive its library: use hooke.chain's Address, Bytes32, Wei, Data and records")
        .check(house);
  }

  private static boolean isForeign(String type) {
    return type.startsWith("org.web3j.")
        || type.startsWith("okhttp3.")
        || type.startsWith("tools.jackson.")
        || type.startsWith("org.bouncycastle.");
  }

  private static DescribedPredicate<JavaMember> visibleToOthers() {
    return DescribedPredicate.describe(
        "visible outside their package",
        member -> visible(member.getModifiers()) && allVisible(member.getOwner()));
  }

  private static boolean visible(Set<JavaModifier> modifiers) {
    return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
  }

  private static boolean allVisible(JavaClass type) {
    return visible(type.getModifiers())
        && type.getEnclosingClass().map(HouseRulesTest::allVisible).orElse(true);
  }

  @Test
  void theCommandLineIsTheLastToKnow() {
    noClasses()
        .that()
        .resideOutsideOfPackages("hooke.node.cli..", DEVNET)
        .and()
        .doNotHaveFullyQualifiedName("hooke.node.Main")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("hooke.node.cli..")
        .because(
            "commands parse and print: what others need belongs where the work is done, such as hooke.node.task")
        .check(house);
    noClasses()
        .that()
        .resideOutsideOfPackages("hooke.node.cli..", "hooke.node.config..", DEVNET)
        .and()
        .doNotHaveFullyQualifiedName("hooke.node.Main")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("picocli..")
        .because("options are read in hooke.node.cli: pass plain values on")
        .check(house);
  }

  @Test
  void packagesOfOneModuleFormNoCircle() {
    for (String module :
        new String[] {"hooke.chain", "hooke.storage", "hooke.scheduler", "hooke.node"}) {
      slices()
          .matching(module + ".(*)..")
          .should()
          .beFreeOfCycles()
          .because("a package can be understood alone: move the shared type down, or merge the two")
          .allowEmptyShould(true)
          .check(house);
    }
  }

  @Test
  void everyPackageSaysWhatLivesThere() {
    classes()
        .that()
        .resideInAnyPackage(CHAIN, STORAGE, SCHEDULER, NODE, DEVNET)
        .should(
            new ArchCondition<JavaClass>(
                "live in a package whose package-info.java is @NullMarked") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                boolean marked = type.getPackage().isAnnotatedWith(NullMarked.class);
                events.add(
                    new SimpleConditionEvent(
                        type, marked, type.getPackageName() + " has no @NullMarked package-info"));
              }
            })
        .because("write a package-info.java: what lives there, what must not")
        .check(house);
  }

  @Test
  void namesSayWhatAThingIs() {
    noClasses()
        .that()
        .resideOutsideOfPackage(PROTO)
        .should()
        .haveNameMatching(".*(Manager|Helper|Util|Utils|Impl)(\\$.*)?")
        .because("name the thing by what it is or how it differs: WasmRuntime, not RuntimeImpl")
        .check(house);
    methods()
        .that()
        .areDeclaredInClassesThat()
        .resideInAnyPackage(CHAIN, STORAGE, SCHEDULER, NODE, DEVNET)
        .and()
        .areDeclaredInClassesThat()
        .areRecords()
        .should()
        .haveNameNotMatching("get[A-Z].*")
        .because("a record's accessor carries the component's plain name: price(), not getPrice()")
        .check(house);
  }

  @Test
  void nobodyPrintsBesidesTheCommandLine() {
    noClasses()
        .that()
        .resideInAnyPackage(CHAIN, STORAGE, SCHEDULER)
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .because("libraries return values and throw: printing is the command line's work")
        .check(house);
  }
}
