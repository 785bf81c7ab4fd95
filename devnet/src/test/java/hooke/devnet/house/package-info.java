@org.jspecify.annotations.NullMarked
package hooke.devnet.house;
