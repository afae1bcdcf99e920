#include "cloudflow/config/problem_catalog.hpp"

#include <array>

namespace cloudflow::config {

namespace {

constexpr std::array catalog = {
    problem_page{"CF-C01", "Malformed document",
                 "Something else stands here than HOCON has at this place: an object or array that is not closed, a "
                 "value or key that is missing, a comma too many. In a file named `.json` strict JSON is wanted.",
                 "Write what the message asks for. An object's and an array's begin is named where its end is missing.",
                 "ports = [1, 2"},
    problem_page{"CF-C02", "Malformed quoted text",
                 "A quoted string has no closing quote on its line, holds a control character, or has a backslash that "
                 "begins no escape.",
                 "Close it. Write `\\\\` for a backslash and `\\n`, `\\t`, `\\u0009` for control characters, or use "
                 "`\"\"\"` around text of several lines, in which nothing is an escape.",
                 "path = \"C:\\data\""},
    problem_page{"CF-C03", "Reserved character outside of quotes",
                 "HOCON keeps some characters for itself: `$ \" { } [ ] : = , + # ` ^ ? ! @ * & \\`. Text that has one "
                 "of them needs quotes.",
                 "Put the whole text into double quotes.", "mail = me@example.org"},
    problem_page{"CF-C04", "Not a path",
                 "A key, or what stands in `${...}`, is no path: keys joined by dots, none of them empty.",
                 "Remove the dot too many, or put a key that holds dots or other characters into double quotes.",
                 "a..b = 1"},
    problem_page{"CF-C05", "Not UTF-8", "The file holds bytes that are no UTF-8, so its text cannot be known.",
                 "Save it as UTF-8."},
    problem_page{"CF-C06", "Nested too deep",
                 "Objects, arrays, keys or substitutions are nested deeper than 256 levels. No configuration needs it; "
                 "the bound keeps any input from exhausting memory.",
                 "Write it flatter."},
    problem_page{"CF-C07", "Include refused",
                 "Includes stay below the folder of the file that includes, and are files: no URLs, no class path, no "
                 "absolute paths, no `..` out of the folder.",
                 "Put the file beside the one that includes it, or give it by `--conf`.",
                 "include url(\"https://example.org/x.conf\")"},
    problem_page{"CF-C08", "Required include missing", "`include required(...)` names a file that is not there.",
                 "Correct the name, or write `include \"...\"` if it may be missing.",
                 "include required(\"missing.conf\")"},
    problem_page{"CF-C09", "Includes without end",
                 "A file includes itself, directly or through others, or there are more than 50 levels, 1,000 files or "
                 "64 MiB of includes.",
                 "Break the circle."},
    problem_page{"CF-C10", "Values that cannot be joined",
                 "Values beside each other on one line are joined: text to text, array to array, object to object. "
                 "Others cannot be.",
                 "Separate them by a comma or a newline, or quote what is text.", "a = text [1]"},
    problem_page{"CF-C11", "Unknown substitution",
                 "`${path}` names what stands nowhere in the configuration and is no environment variable.",
                 "Define it, correct its name, or write `${?path}` if it may be missing.", "home = ${nowhere}"},
    problem_page{"CF-C12", "Configuration refers to itself",
                 "To know the value one would have to know it already. (A value may refer to what its own key had "
                 "*before*: `path = ${path}\":/more\"`.)",
                 "Break the cycle; the message lists its members.", "a = ${b}\nb = ${a}"},
    problem_page{"CF-C13", "Configuration too large",
                 "Text of more than 64 MiB, or substitutions that multiply what they repeat beyond a million values or "
                 "100 MB.",
                 "Find the substitution that doubles. The bound keeps small documents from exhausting memory."},
    problem_page{"CF-C14", "Wrong type", "The value is there, but of another type than its reader wants.",
                 "Write a value of the type that the message names.", "a = [1]"},
    problem_page{"CF-C15", "Missing value", "A value that has no default is not there, or is null.", "Give it a value.",
                 "a = null"},
    problem_page{
        "CF-C16", "Unusable value", "The text cannot be read as the type that is wanted, or is out of its range.",
        "Write durations as `10 s` or `5 minutes`, sizes as `64 MiB`, numbers within 64 bits.", "a = 10 parsecs"},
    problem_page{"CF-C17", "Root is no object", "A document's root is an object, with or without its braces.",
                 "Give the value a name: `name = [ ... ]`.", "[1, 2]"},
    problem_page{"CF-C18", "Key twice in JSON",
                 "In HOCON the later of two equal keys wins or merges; in a `.json` file both stand for one value, and "
                 "readers disagree on which.",
                 "Keep one.", "{\"a\": 1, \"a\": 2}"},
    problem_page{"CF-C19", "File cannot be read", "A configuration file is not there, no file, or may not be read.",
                 "Check its path and rights."},
    problem_page{"CF-C20", "Not key=value",
                 "A setting on the command line is a path, `=` and a value; the value is HOCON, and text that is not "
                 "is taken as it is.",
                 "Write `cloudflow.streamlets.<name>.config-parameters.<key>=<value>`.", "a..b=1"},
    problem_page{"CF-C21", "No path leads into an array",
                 "`a += x` stands for `a = ${?a} [x]`, and substitutions are paths from the root; no path leads into "
                 "an array. For the same reason a file with substitutions cannot be included there.",
                 "Write the array out, or put the part outside and refer to it.", "a = [ { b += 1 } ]"},
};

} // namespace

std::span<const problem_page> problem_catalog() { return catalog; }

} // namespace cloudflow::config
