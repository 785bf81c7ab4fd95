<?php
// Counts the words of a text, leaves the most frequent one, and ends with a code of its own.
$words = str_word_count(strtolower(file_get_contents("/in/text.txt")), 1);
$counts = array_count_values($words);
arsort($counts);
echo count($words), " ", json_encode(array_slice($counts, 0, 2)), " ", hash("sha256", implode(" ", $words)), "\n";
mkdir("/out/a");
file_put_contents("/out/a/top.txt", array_key_first($counts) . "\n");
echo preg_replace('/(\w+) (\w+)/', '$2 $1', "hello world"), "\n";
exit(3);
