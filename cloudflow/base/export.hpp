#pragma once

/// Marks what libcloudflow.so exports: everything else of the core is hidden, because modules are loaded into processes
/// (JVMs) that bring symbols of their own (DESIGN §2).
#define CLOUDFLOW_API __attribute__((visibility("default")))
