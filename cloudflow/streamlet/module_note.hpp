#pragma once

/// What this translation unit is compiled with, as text: the module's note and the core's own are made from it.

#define CLOUDFLOW_DETAIL_STRINGIZE2(x) #x
#define CLOUDFLOW_DETAIL_STRINGIZE(x) CLOUDFLOW_DETAIL_STRINGIZE2(x)

#if defined(__clang__)
#define CLOUDFLOW_NOTE_COMPILER "clang " CLOUDFLOW_DETAIL_STRINGIZE(__clang_major__)
#else
#define CLOUDFLOW_NOTE_COMPILER "gcc " CLOUDFLOW_DETAIL_STRINGIZE(__GNUC__)
#endif

// g++ and clang agree on the Itanium C++ ABI; what tells modules apart is the form of libstdc++'s strings.
#if defined(_GLIBCXX_USE_CXX11_ABI) && _GLIBCXX_USE_CXX11_ABI
#define CLOUDFLOW_NOTE_CXX_ABI "libstdc++ cxx11"
#elif defined(__GLIBCXX__)
#define CLOUDFLOW_NOTE_CXX_ABI "libstdc++ old"
#else
#define CLOUDFLOW_NOTE_CXX_ABI "other"
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CLOUDFLOW_NOTE_SANITIZERS "address"
#elif __has_feature(thread_sanitizer)
#define CLOUDFLOW_NOTE_SANITIZERS "thread"
#endif
#endif
#if !defined(CLOUDFLOW_NOTE_SANITIZERS)
#if defined(__SANITIZE_ADDRESS__)
#define CLOUDFLOW_NOTE_SANITIZERS "address"
#elif defined(__SANITIZE_THREAD__)
#define CLOUDFLOW_NOTE_SANITIZERS "thread"
#else
#define CLOUDFLOW_NOTE_SANITIZERS ""
#endif
#endif
