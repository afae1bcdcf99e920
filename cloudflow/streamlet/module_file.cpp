#include "cloudflow/streamlet/module_file.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <optional>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cloudflow::streamlet {

namespace {

// A file mapped for reading; every access is checked against its size, because any bytes may be called a module.
class mapped_file {
  const char* data_ = nullptr;
  std::size_t size_ = 0;

public:
  mapped_file() = default;
  mapped_file(const mapped_file&) = delete;
  mapped_file& operator=(const mapped_file&) = delete;
  mapped_file(mapped_file&& other) noexcept
      : data_(std::exchange(other.data_, nullptr))
      , size_(std::exchange(other.size_, 0)) {}
  ~mapped_file() {
    if (data_) ::munmap(const_cast<char*>(data_), size_);
  }

  static result<mapped_file> open(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    auto io = [&](const char* what) {
      return user_error(errc::io_error,
                        "cannot " + std::string(what) + " " + path.string() + ": " + std::strerror(errno));
    };
    if (fd < 0) return io("open");
    struct stat info {};
    mapped_file out;
    const bool is_file = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    if (!is_file) {
      ::close(fd);
      return user_error(errc::io_error, path.string() + " is not a file");
    }
    out.size_ = static_cast<std::size_t>(info.st_size);
    if (out.size_ != 0) {
      void* at = ::mmap(nullptr, out.size_, PROT_READ, MAP_PRIVATE, fd, 0);
      if (at == MAP_FAILED) {
        out.size_ = 0;
        ::close(fd);
        return io("map");
      }
      out.data_ = static_cast<const char*>(at);
    }
    ::close(fd);
    return out;
  }

  template <class T> std::optional<T> read(std::uint64_t offset) const {
    if (offset > size_ || size_ - offset < sizeof(T)) return std::nullopt;
    T out;
    std::memcpy(&out, data_ + offset, sizeof(T));
    return out;
  }
  std::optional<std::string_view> slice(std::uint64_t offset, std::uint64_t length) const {
    if (offset > size_ || size_ - offset < length) return std::nullopt;
    return std::string_view(data_ + offset, length);
  }
};

struct section {
  std::string_view name;
  std::string_view data;
};

std::optional<std::vector<section>> sections_of(const mapped_file& file) {
  const auto header = file.read<Elf64_Ehdr>(0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64)
    return std::nullopt;
  auto header_of = [&](std::uint64_t i) { return file.read<Elf64_Shdr>(header->e_shoff + i * sizeof(Elf64_Shdr)); };
  if (header->e_shoff == 0 || header->e_shoff > UINT64_MAX - 65536 * sizeof(Elf64_Shdr)) return std::nullopt;
  const auto names = header_of(header->e_shstrndx);
  if (!names) return std::nullopt;
  const auto name_table = file.slice(names->sh_offset, names->sh_size);
  if (!name_table) return std::nullopt;
  std::vector<section> out;
  for (std::uint64_t i = 0; i < header->e_shnum; ++i) {
    const auto h = header_of(i);
    if (!h || h->sh_name >= name_table->size()) return std::nullopt;
    auto name = name_table->substr(h->sh_name);
    name = name.substr(0, name.find('\0'));
    if (h->sh_type == SHT_NOBITS) continue;
    const auto data = file.slice(h->sh_offset, h->sh_size);
    if (!data) return std::nullopt;
    out.push_back({name, *data});
  }
  return out;
}

// The description of a note (gABI): three sizes, the padded owner, the text.
std::string_view note_text(std::string_view data) {
  Elf64_Nhdr header;
  if (data.size() < sizeof header) return {};
  std::memcpy(&header, data.data(), sizeof header);
  data.remove_prefix(sizeof header);
  const std::size_t owner = (std::size_t{header.n_namesz} + 3) / 4 * 4;
  if (owner > data.size() || header.n_descsz > data.size() - owner) return {};
  return data.substr(owner, header.n_descsz);
}

std::string value_in(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == '=')
      return std::string(line.substr(key.size() + 1));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

// The entries of a loaded library and of what it needs (DT_NEEDED), each library once: every one that was built with
// cloudflow_application_module.cpp has an export and a section of its own.
void collect_entries(void* handle, std::vector<const module_entry*>& out, std::vector<void*>& seen) {
  if (std::find(seen.begin(), seen.end(), handle) != seen.end()) return;
  seen.push_back(handle);
  link_map* self = nullptr;
  if (::dlinfo(handle, RTLD_DI_LINKMAP, &self) != 0 || !self) return;
  using entry_function = module_range (*)();
  if (void* symbol = ::dlsym(handle, "cloudflow_module_streamlets")) {
    Dl_info where{};
    link_map* owner = nullptr; // dlsym also finds the export of a library that this one needs
    if (::dladdr1(symbol, &where, reinterpret_cast<void**>(&owner), RTLD_DL_LINKMAP) != 0 && owner == self) {
      const auto range = reinterpret_cast<entry_function>(symbol)();
      out.insert(out.end(), range.begin, range.end);
    }
  }
  const char* names = nullptr;
  for (const auto* d = self->l_ld; d->d_tag != DT_NULL; ++d)
    if (d->d_tag == DT_STRTAB) names = reinterpret_cast<const char*>(d->d_un.d_ptr);
  if (!names) return;
  for (const auto* d = self->l_ld; d->d_tag != DT_NULL; ++d)
    if (d->d_tag == DT_NEEDED)
      if (void* needed = ::dlopen(names + d->d_un.d_val, RTLD_LAZY | RTLD_NOLOAD)) {
        collect_entries(needed, out, seen);
        ::dlclose(needed); // gives back this look-up's reference; the module keeps its own
      }
}

} // namespace

result<module_file> read_module_file(const std::filesystem::path& path) {
  auto file = mapped_file::open(path);
  if (!file) return unexpected(file.error());
  const auto sections = sections_of(*file);
  if (!sections) return user_error(errc::corrupt, path.string() + " is not a whole ELF file");
  module_file out;
  bool is_module = false;
  for (const auto& s : *sections) {
    if (s.name == ".note.cloudflow") {
      const auto text = note_text(s.data);
      const auto abi = value_in(text, "abi");
      std::from_chars(abi.data(), abi.data() + abi.size(), out.note.abi);
      out.note.core_version = value_in(text, "core");
      out.note.compiler = value_in(text, "compiler");
      out.note.cxx_abi = value_in(text, "cxx-abi");
      out.note.sanitizers = value_in(text, "sanitizers");
      is_module = out.note.abi != 0;
    } else if (s.name == ".note.gnu.build-id") {
      out.note.build_id = to_hex(as_bytes(note_text(s.data)));
    } else if (s.name == ".cloudflow.descriptor") {
      out.descriptor_json = std::string(s.data);
    }
  }
  if (!is_module)
    return user_error(errc::invalid_argument,
                      path.string() + " is no Cloudflow module: build it with cloudflow_add_application()");
  return out;
}

result<void> check_loadable(const module_note& module, const module_note& core) {
  auto refuse = [&](const std::string& what, const std::string& theirs, const std::string& ours) {
    return user_error(errc::incompatible, "the module was built with " + what + " '" + theirs +
                                              "', this program with '" + ours +
                                              "': build the module again with the installed cloudflow");
  };
  if (module.abi != core.abi) return refuse("module ABI", std::to_string(module.abi), std::to_string(core.abi));
  if (module.cxx_abi != core.cxx_abi) return refuse("C++ ABI", module.cxx_abi, core.cxx_abi);
  if (module.sanitizers != core.sanitizers) return refuse("sanitizers", module.sanitizers, core.sanitizers);
  return {};
}

result<module_library> module_library::open(const std::filesystem::path& path) {
  auto file = read_module_file(path);
  if (!file) return unexpected(file.error());
  if (auto fits = check_loadable(file->note, note_of_core()); !fits) return unexpected(fits.error());
  // RTLD_NOW: a missing symbol is told here, not in the middle of a run. Never closed: code and types stay in use.
  void* handle = ::dlopen(std::filesystem::absolute(path).c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!handle) {
    const char* why = ::dlerror();
    return user_error(errc::io_error, "cannot load " + path.string() + ": " + (why ? why : "unknown reason"));
  }
  std::vector<const module_entry*> entries;
  std::vector<void*> seen;
  collect_entries(handle, entries, seen);
  return module_library(std::move(entries));
}

const module_entry* module_library::find(std::string_view class_name) const {
  for (const auto* entry : entries())
    if (entry->class_name == class_name) return entry;
  return nullptr;
}

} // namespace cloudflow::streamlet
