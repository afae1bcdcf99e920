#include "cloudflow/blueprint/problem_catalog.hpp"

#include <array>

namespace cloudflow::blueprint {

namespace {

constexpr std::array catalog = {
    problem_page{"CF-A01", "Unknown configuration key",
                 "A key below `cloudflow` that no setting has. It would be ignored in silence, and a default would "
                 "hold instead.",
                 "Correct the key; `cloudflow config explain cloudflow` lists all of them. Root keys other than "
                 "`cloudflow` are free, for substitutions."},
    problem_page{"CF-A02", "Configuration of a streamlet that is not there",
                 "`cloudflow.streamlets.<name>` names no streamlet of the blueprint.",
                 "Use the name on the left in `blueprint.streamlets`, not the class."},
    problem_page{"CF-A03", "Configuration of a topic that is not there",
                 "`cloudflow.topics.<id>` names no topic. A topic of `connections` has the id `<streamlet>-<outlet>`.",
                 "Correct the id; `cloudflow describe` lists them."},
    problem_page{"CF-A04", "Unknown config parameter",
                 "The streamlet's class declares no config parameter of that key.",
                 "Correct the key, or declare the parameter in the class."},
    problem_page{"CF-A05", "Unknown volume mount", "The streamlet's class declares no volume mount of that name.",
                 "Correct the name, or declare the mount in the class."},
    problem_page{"CF-A06", "Wrong type", "A setting or config parameter has a value that cannot be read as its type.",
                 "Write a value of the type that the message names. Durations look like `10 s`, sizes like `64 MiB`."},
    problem_page{"CF-A07", "Pattern not matched",
                 "A config parameter has a regular expression, and the value as a whole does not match it. Values of "
                 "secrets are shown as `***`.",
                 "Give a value that matches. Patterns are RE2's."},
    problem_page{"CF-A08", "Required parameter without a value",
                 "A config parameter without a default needs a value before the application can start.",
                 "Give it on the command line or in a `--conf` file, or give it a default in the class."},
    problem_page{"CF-A09", "Configuration file of no use",
                 "Nothing in a `--conf` file was read: no key below `cloudflow`, nothing that a substitution uses. "
                 "Most often the section's name is mistyped.",
                 "Put the settings below `cloudflow { ... }`, or leave the file out."},
    problem_page{"CF-A10", "Setting that is not there yet",
                 "The setting is known, but what it asks for does not exist in this version: state in RocksDB, "
                 "settings of pods.",
                 "Use the value that the message suggests. Ignoring the setting would promise what does not hold."},
    problem_page{"CF-A11", "Configuration of a runtime that nobody uses",
                 "`cloudflow.runtimes.<name>` names a runtime on which no streamlet of the application runs.",
                 "Correct the name, or leave the section out."},
    problem_page{"CF-A12", "Configuration of an inlet that is not there",
                 "`config.inlets.<name>` names no inlet of the streamlet.",
                 "Use the name that the class gives the inlet."},
    problem_page{"CF-A13", "Value out of range",
                 "The value is of the right type, but not among those that the setting takes.",
                 "Use one of the values, or a number within the bounds, that the message names."},
    problem_page{"CF-A14", "File with a value cannot be read",
                 "`<parameter>.file` names a file that holds the parameter's value, most often a secret, and that file "
                 "is not there, may not be read, is larger than 1 MiB or is no text.",
                 "Correct its path or rights. A relative path stands beside the configuration file that names it."},
    problem_page{
        "CF-B01", "Malformed blueprint",
        "Something else stands here than the grammar has at this place: a number for a list, a list for a section.",
        "Write it as the message shows."},
    problem_page{"CF-B02", "No section `streamlets`", "A blueprint needs `blueprint { streamlets { ... } }`.",
                 "Add the section, or put what you have into `blueprint { ... }`."},
    problem_page{"CF-B03", "No streamlet is used", "The section `streamlets` is empty, so there is nothing to run.",
                 "Name at least one: `ingress = \"acme.ingress\"`."},
    problem_page{"CF-B04", "The module holds no streamlet",
                 "The application's library was built, but no class in it is registered.",
                 "Write `CLOUDFLOW_STREAMLET(my_class, \"acme.my-class\")` in a source file that "
                 "`cloudflow_add_streamlet()` or `cloudflow_add_application()` lists."},
    problem_page{"CF-B05", "Streamlet named twice",
                 "One text gives a name to two streamlets; the later would hide the earlier. (A file may override "
                 "what it includes.)",
                 "Give each instance a name of its own."},
    problem_page{
        "CF-B06", "Invalid streamlet name",
        "Names become parts of Kubernetes objects: lower-case letters, digits and `-` inside, at most 63 characters.",
        "Rename the streamlet."},
    problem_page{"CF-B07", "Incompatible schema",
                 "A reader of a topic cannot read every value that one of its writers may write. Compatibility is "
                 "directional: what counts is whether the reader's schema resolves the writer's.",
                 "Give fields that only the reader has a default, keep types to the promotions that Avro allows, or "
                 "convert in a streamlet between the two."},
    problem_page{"CF-B08", "Invalid inlet name",
                 "Port names become parts of topic and group names: lower-case letters, digits and `-` inside, at "
                 "most 63 characters.",
                 "Rename the inlet in its class."},
    problem_page{"CF-B09", "Invalid outlet name",
                 "Port names become parts of topic and group names: lower-case letters, digits and `-` inside, at "
                 "most 63 characters.",
                 "Rename the outlet in its class."},
    problem_page{"CF-B10", "Invalid volume mount name",
                 "Mount names become names of Kubernetes volumes: lower-case letters, digits and `-` inside, at most "
                 "63 characters.",
                 "Rename the mount in its class."},
    problem_page{
        "CF-B11", "Invalid Kafka cluster name",
        "Named clusters are Kubernetes objects: lower-case letters, digits and `-` inside, at most 63 characters.",
        "Use the name under which the cluster was installed."},
    problem_page{"CF-B12", "Invalid class name", "A class name is segments `[A-Za-z_][A-Za-z0-9_-]*` joined by dots.",
                 "Write the string that stands in `CLOUDFLOW_STREAMLET`."},
    problem_page{"CF-B13", "Class not found", "The module holds no streamlet class of that name.",
                 "Correct the name, or add the class's source to the application."},
    problem_page{"CF-B14", "Ambiguous class",
                 "Two classes of the module are registered under one name, so it is not clear which one is meant.",
                 "Give each `CLOUDFLOW_STREAMLET` a name of its own."},
    problem_page{"CF-B15", "Class cannot be described",
                 "When the module was built, the class's constructor or `shape()` threw, crashed or did not end.",
                 "Let both only declare ports, parameters and mounts; work belongs into `build`."},
    problem_page{"CF-B16", "Invalid topic name",
                 "Kafka takes letters, digits, `.`, `_` and `-`, 1 to 249 characters, not `.` or `..`.",
                 "Rename the topic, or give it another name in Kafka by `topic.name`."},
    problem_page{"CF-B17", "Not a port path", "A port is written `<streamlet>.<port>`.",
                 "Name the streamlet and its port."},
    problem_page{"CF-B18", "Port not found", "There is no such streamlet, or it has no such port.",
                 "Correct the name; the message lists what is there."},
    problem_page{"CF-B19", "Inlet among producers",
                 "An inlet stands where an outlet is wanted: on the left of a connection, or in `producers`.",
                 "Name an outlet."},
    problem_page{"CF-B20", "Outlet among consumers",
                 "An outlet stands where an inlet is wanted: on the right of a connection, or in `consumers`.",
                 "Name an inlet."},
    problem_page{"CF-B21", "Port bound more than once",
                 "A port has exactly one topic. It was given several, or the same one twice, perhaps once in "
                 "`connections` and once in `topics`.",
                 "Keep one. A topic may have many producers and many consumers."},
    problem_page{"CF-B22", "Unconnected inlet", "The inlet would never get a record.",
                 "Put it behind an outlet in `connections`, or among the consumers of a topic."},
    problem_page{"CF-B23", "Unconnected outlet", "What the outlet writes would have no topic.",
                 "Connect it; `x.out = []` makes a topic that nobody reads."},
    problem_page{"CF-B24", "Invalid config parameter key",
                 "Keys are words joined by `-`: `[a-zA-Z]+(-[a-zA-Z-0-9]+)*`.", "Rename the parameter in its class."},
    problem_page{"CF-B25", "Config parameter declared twice",
                 "Two parameters of a class have one key; one value would go to both.", "Give each its own key."},
    problem_page{"CF-B26", "Invalid pattern",
                 "The pattern of a config parameter is no regular expression that RE2 knows.",
                 "Correct it. Back-references and look-around do not exist: matching takes linear time."},
    problem_page{"CF-B27", "Invalid default",
                 "A config parameter would refuse its own default: wrong type, or the pattern does not match.",
                 "Correct the default or the pattern in the class."},
    problem_page{"CF-B28", "Volume mount declared twice", "Two mounts of a class have one name.",
                 "Give each its own name."},
    problem_page{"CF-B29", "Volume mount path used twice",
                 "Two mounts of a class have one path; one would hide the other.", "Give each its own path."},
    problem_page{"CF-B30", "Volume mount without a path", "A mount needs a folder in the container.",
                 "Give it an absolute path."},
    problem_page{"CF-B31", "Relative volume mount path", "A mount's path must be absolute.", "Begin it with `/`."},
    problem_page{"CF-B32", "Volume mount path that climbs", "A mount's path may not hold `..`.",
                 "Write the folder itself."},
    problem_page{"CF-B33", "Unknown key", "The blueprint has a key that means nothing here; most often it is mistyped.",
                 "Correct or remove it. Keys outside of `blueprint` are free, for substitutions."},
    problem_page{"CF-B34", "Topic name used twice",
                 "Two topics of one cluster have one name, so their readers would see each other's records.",
                 "Make them one topic, or give one of them another `topic.name`."},
    problem_page{"CF-B35", "Port declared twice", "Two ports of a class have one name.",
                 "Give each inlet and outlet its own name."},
    problem_page{"CF-B36", "Inlet behind several outlets",
                 "In `connections` each outlet has a topic of its own, and an inlet reads one topic.",
                 "Put the outlets on one topic in `topics`, or give the streamlet two inlets and merge them."},
    problem_page{"CF-B37", "Keys and partitions do not agree",
                 "A streamlet groups records by a key, but records of one key may lie in several partitions and so "
                 "come to different tasks: each would compute with a part of them.",
                 "Let every writer of the topic partition by fields of that key, set one partition, or use "
                 "`repartition_by`. A lambda is checked when the application runs."},
    problem_page{"CF-B38", "Joined topics with different partitions",
                 "Inlets that meet in a join need topics with equal numbers of partitions: task *i* reads partition "
                 "*i* of each.",
                 "Set the same number for both."},
    problem_page{"CF-B39", "Joined topics partitioned differently",
                 "Records that belong together must lie in partitions of the same number, so the writers of both "
                 "topics must partition by equal fields in equal order.",
                 "Partition both by the key of the join."},
    problem_page{"CF-B40", "Name that cannot be made to fit",
                 "Names for Kubernetes and Kafka begin with the application's id. Long names are shortened with a "
                 "hash, but of this one nothing is left.",
                 "Rename the application: letters a-z, digits and `-`."},
    problem_page{"CF-B41", "Empty topic",
                 "The topic has neither producers nor consumers, and its id is not that of a topic of `connections`.",
                 "Name its ports, correct the id, or remove it."},
    problem_page{"CF-B43", "Unknown backend", "No backend runs streamlets of this runtime.",
                 "Correct the runtime, or put the backend's library into a folder of `CLOUDFLOW_BACKEND_PATH`."},
    problem_page{"CF-B44", "Several schemas for a reader that takes one",
                 "The topic is written with different schemas. Native and Flink readers tell records apart by their "
                 "schema header, others do not.",
                 "Write one schema, or give each its own topic."},
    problem_page{"CF-B45", "Invalid co-partitioning",
                 "`co_partitioned` of a class names an inlet that is not there, has a unique group, or is named twice.",
                 "Correct the class."},
    problem_page{"CF-B46", "Cycle (a note)", "Streamlets feed one another in a circle. This is legal.",
                 "Make sure that records leave the circle: a filter, a count of rounds."},
    problem_page{
        "CF-B47", "Descriptor too large",
        "What the module says of itself is larger than 8 MiB, which Kubernetes and images no longer carry well.",
        "Shorten schemas and descriptions, or make two applications."},
    problem_page{"CF-B48", "Topic id used twice",
                 "Two topics have one id: two outlets whose names join to the same text (`a.b-c` and `a-b.c`), or one "
                 "of `topics` that takes the id of one of `connections`.",
                 "Rename one, or wire one of the outlets in `topics` under an id of its own."},
    problem_page{
        "CF-B49", "Unknown parameter type",
        "A config parameter has a type that this tool does not know: the module is newer, or `parameter_traits` names "
        "another.",
        "Use tool and module of one version; types are bool, double, duration, int32, memorysize and string."},
    problem_page{"CF-B50", "Schema of a topic cannot be read",
                 "`schema` of a topic names the file with the schema of records that do not name theirs, and that file "
                 "is not there, may not be read, is larger than 1 MiB or holds no Avro schema.",
                 "Correct the path or the schema. A relative path stands beside the text that names it: the blueprint "
                 "or a configuration file; on the command line it starts where you are."},
    problem_page{
        "CF-B51", "Reader cannot take the topic's schema",
        "Records of this topic that do not name their schema are read with the one that `schema` of the topic "
        "gives, and the schema of one of its readers does not resolve it.",
        "Give the schema with which those records are written. Where it is right, let the reader's schema take "
        "it: a default for a field that only the reader has, an alias for another name."},
};

} // namespace

std::span<const problem_page> problem_catalog() { return catalog; }

} // namespace cloudflow::blueprint
