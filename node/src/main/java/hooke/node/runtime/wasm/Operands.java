package hooke.node.runtime.wasm;

import java.util.Arrays;

/// Follows the operand stack through one function, by numbers of operands and not by their types:
/// how high it gets, and which results of float arithmetic nobody can see the NaN bits of.
///
/// Unreachable code is left out. What a module that breaks Wasm's typing rules makes of this is
/// without meaning and without harm: an engine refuses it. Takes time linear in the number of
/// instructions.
final class Operands {
  private static final int NONE = -1;

  private final int cap;

  // The open blocks, the function's own first.
  private int[] bases = new int[64];
  private int[] params = new int[64];
  private int[] results = new int[64];
  private int[] labels = new int[64];
  private boolean[] dead = new boolean[64];
  private int top;

  private boolean reachable;
  private int height;
  private int highest;

  /// For each place on the stack the instruction that put it there, if that matters.
  private int[] makers = new int[256];

  /// Makers before this instruction do not count.
  private int sequence;

  private boolean[] bare = new boolean[1024];

  /// @param cap the greatest height
  Operands(int cap) {
    this.cap = cap;
  }

  void begin(int functionResults) {
    top = 0;
    bases[0] = 0;
    params[0] = 0;
    results[0] = functionResults;
    labels[0] = functionResults;
    dead[0] = false;
    reachable = true;
    height = 0;
    highest = 0;
    sequence = 0;
  }

  /// The greatest height so far.
  int highest() {
    return highest;
  }

  /// How many values a branch to one of the open blocks carries, 0 for the innermost.
  int carried(int label) {
    return labels[Math.max(0, top - label)];
  }

  /// How many values a return carries.
  int returned() {
    return labels[0];
  }

  /// Whether instruction i, which [Op#makesNan], has its result taken by one that [Op#hidesNan],
  /// with no control instruction or call between the two.
  boolean bare(int i) {
    return bare[i];
  }

  /// Takes the next instruction.
  ///
  /// @param takes parameters of a block's type or a call's
  /// @param leaves results of a block's type or a call's
  void step(int i, int op, int takes, int leaves) {
    if (i == bare.length) {
      bare = Arrays.copyOf(bare, i * 2);
    }
    bare[i] = false;
    if (!reachable && op != Op.ELSE && op != Op.END) {
      if (op == Op.BLOCK || op == Op.LOOP || op == Op.IF) {
        open(height, takes, leaves, op == Op.LOOP, true);
      }
      return;
    }
    switch (op) {
      case Op.BLOCK, Op.LOOP, Op.IF -> {
        take(op == Op.IF ? 1 : 0);
        open(Math.max(bases[top], height - takes), takes, leaves, op == Op.LOOP, false);
        sequence = i + 1;
      }
      case Op.ELSE -> {
        if (!dead[top]) {
          height = bases[top];
          leave(params[top]);
          reachable = true;
          sequence = i + 1;
        }
      }
      case Op.END -> {
        if (!dead[top]) {
          height = bases[top];
          leave(results[top]);
          reachable = true;
          sequence = i + 1;
        }
        top = Math.max(0, top - 1);
      }
      case Op.BR, Op.BR_TABLE, Op.RETURN, Op.UNREACHABLE -> reachable = false;
      case Op.BR_IF -> {
        take(1);
        sequence = i + 1;
      }
      case Op.CALL, Op.CALL_INDIRECT -> {
        take(takes + (op == Op.CALL ? 0 : 1));
        leave(leaves);
        sequence = i + 1;
      }
      default -> plain(i, op);
    }
  }

  private void plain(int i, int op) {
    int effect = Op.effect(op);
    boolean hides = Op.hidesNan(op);
    for (int taken = effect >> 1; taken > 0 && height > bases[top]; taken--) {
      height--;
      int maker = makers[height];
      if (hides && maker >= sequence) {
        bare[maker] = true;
      }
    }
    if ((effect & 1) != 0) {
      leave(1);
      makers[height - 1] = Op.makesNan(op) ? i : NONE;
    }
  }

  private void open(int base, int takes, int leaves, boolean isLoop, boolean isDead) {
    top++;
    if (top == bases.length) {
      bases = Arrays.copyOf(bases, top * 2);
      params = Arrays.copyOf(params, top * 2);
      results = Arrays.copyOf(results, top * 2);
      labels = Arrays.copyOf(labels, top * 2);
      dead = Arrays.copyOf(dead, top * 2);
    }
    bases[top] = base;
    params[top] = takes;
    results[top] = leaves;
    labels[top] = isLoop ? takes : leaves;
    dead[top] = isDead;
  }

  private void take(int count) {
    height = Math.max(bases[top], height - count);
  }

  private void leave(int count) {
    height += count;
    if (height > cap) {
      throw new BadModule(
          Refusal.TOO_LARGE,
          "A function keeps more than "
              + cap
              + " values on the operand stack, the cap of this profile.");
    }
    if (height > makers.length) {
      makers = Arrays.copyOf(makers, Math.max(height, makers.length * 2));
    }
    highest = Math.max(highest, height);
  }
}
