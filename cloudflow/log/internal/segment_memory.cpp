#include "cloudflow/log/internal/segment_memory.hpp"

#include <new>
#include <sys/mman.h>
#include <utility>

namespace cloudflow::log::internal {

namespace {

constexpr std::size_t smallest_mapped = std::size_t{128} << 10; // below it a page's share of waste is too large

std::byte* allocate(std::size_t bytes) {
  if (bytes < smallest_mapped) return static_cast<std::byte*>(::operator new(bytes));
  void* const pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::byte*>(pages);
}

void release(std::byte* data, std::size_t bytes) {
  if (bytes < smallest_mapped)
    ::operator delete(data);
  else
    ::munmap(data, bytes);
}

} // namespace

segment_pool::segment_pool(std::size_t bytes, std::size_t most)
    : bytes_(bytes)
    , most_(most) {
  spare_.reserve(most);
}

segment_pool::~segment_pool() {
  for (auto* memory : spare_) release(memory, bytes_);
}

std::byte* segment_pool::take(std::size_t bytes) {
  if (bytes != bytes_) return nullptr;
  const std::lock_guard lock(mutex_);
  if (spare_.empty()) return nullptr;
  auto* const memory = spare_.back();
  spare_.pop_back();
  return memory;
}

bool segment_pool::put(std::byte* memory, std::size_t bytes) {
  if (bytes != bytes_) return false;
  const std::lock_guard lock(mutex_);
  if (spare_.size() == most_) return false;
  spare_.push_back(memory);
  return true;
}

segment_memory::segment_memory(std::size_t bytes, std::shared_ptr<segment_pool> pool)
    : pool_(std::move(pool))
    , bytes_(bytes)
    , data_(pool_ ? pool_->take(bytes) : nullptr) {
  if (data_ == nullptr) data_ = allocate(bytes);
}

segment_memory::~segment_memory() {
  if (!pool_ || !pool_->put(data_, bytes_)) release(data_, bytes_);
}

} // namespace cloudflow::log::internal
