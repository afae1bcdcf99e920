#pragma once

#include "cloudflow/cli/arguments.hpp"
#include "cloudflow/cli/shell.hpp"

/// One function a command, each in a file of its name: declares the command below `root`.
namespace cloudflow::cli {

void add_new(command& root, shell& sh);
void add_verify(command& root, shell& sh);
void add_run(command& root, shell& sh);
void add_test(command& root, shell& sh);
void add_describe(command& root, shell& sh);
void add_graph(command& root, shell& sh);
void add_config_render(command& config, shell& sh);
void add_config_explain(command& config, shell& sh);
void add_schema_canonical(command& schema, shell& sh);
void add_schema_fingerprint(command& schema, shell& sh);
void add_schema_check(command& schema, shell& sh);
void add_schema_decode(command& schema, shell& sh);
void add_schema_encode(command& schema, shell& sh);
void add_topics(command& root, shell& sh);
void add_peek(command& root, shell& sh);
void add_dlq_list(command& dlq, shell& sh);
void add_dlq_show(command& dlq, shell& sh);
void add_dlq_redrive(command& dlq, shell& sh);
void add_replay(command& root, shell& sh);
void add_explain(command& root, shell& sh);
void add_completion(command& root, shell& sh);
void add_version(command& root, shell& sh);

/// All of them.
void add_commands(command& root, shell& sh);

} // namespace cloudflow::cli
