#pragma once

#include <memory>
#include <utility>

namespace cloudflow::schema {

/// A value on the heap that copies and compares as the value itself: how a record holds itself. Never empty but after a
/// move from it.
template <class T> class box {
  std::unique_ptr<T> value_;

public:
  using value_type = T;

  box()
      : value_(std::make_unique<T>()) {}
  box(T value)
      : value_(std::make_unique<T>(std::move(value))) {}
  box(const box& other)
      : value_(std::make_unique<T>(*other)) {}
  box(box&& other) noexcept = default;
  box& operator=(const box& other) {
    if (this != &other) value_ = std::make_unique<T>(*other);
    return *this;
  }
  box& operator=(box&& other) noexcept = default;
  ~box() = default;

  /// Moved from.
  [[nodiscard]] bool empty() const { return value_ == nullptr; }
  [[nodiscard]] T& operator*() { return *value_; }
  [[nodiscard]] const T& operator*() const { return *value_; }
  [[nodiscard]] T* operator->() { return value_.get(); }
  [[nodiscard]] const T* operator->() const { return value_.get(); }

  friend bool operator==(const box& a, const box& b) { return *a == *b; }
};

} // namespace cloudflow::schema
