#pragma once

#include "cloudflow/base/export.hpp"

namespace cloudflow {

/// What a thread is at: whose work, and which part of it. The strings outlive the mark.
struct work_mark {
  const char* owner = nullptr; ///< a streamlet's name; null: nobody's
  const char* part = nullptr;  ///< "source in > map > sink out", "build()"
};

/// What the calling thread is at. Async-signal-safe: it is read by the tool's handler when code crashes.
CLOUDFLOW_API work_mark current_work() noexcept;

/// Marks the calling thread's work while it lives; marks nest. Costs two stores: once a turn, not once an element.
class CLOUDFLOW_API work_scope {
  work_mark before_;

public:
  explicit work_scope(work_mark mark) noexcept;
  work_scope(const work_scope&) = delete;
  work_scope& operator=(const work_scope&) = delete;
  ~work_scope();
};

} // namespace cloudflow
