// The native methods of dev.linnet.Native: between Java's types and linnet.h, nothing else. Arguments were checked by
// the Java classes where this needs no native code; each error becomes a Java exception, after which a method returns
// at once.
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <jni.h>
#include <linnet/linnet.h>

#include "utf16.h"

namespace {

// Memory of the C library, freed at the end of a scope.
template <typename T>
class Array {
 public:
  explicit Array(size_t count) : data_(static_cast<T*>(std::malloc(count > 0 ? count * sizeof(T) : 1))) {}
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  ~Array() { std::free(static_cast<void*>(data_)); }

  // Keeps what it holds; false when there is no memory.
  bool grow(size_t count) {
    void* larger = std::realloc(static_cast<void*>(data_), count * sizeof(T));
    if (larger == nullptr) return false;
    data_ = static_cast<T*>(larger);
    return true;
  }
  T* data() const { return data_; }
  T& operator[](size_t i) const { return data_[i]; }

 private:
  T* data_;
};

void throw_java(JNIEnv* env, const char* type, const char* message) {
  const jclass exception = env->FindClass(type);
  if (exception != nullptr) env->ThrowNew(exception, message);
}

void throw_no_memory(JNIEnv* env) {
  throw_java(env, "java/lang/OutOfMemoryError", "no native memory for a call of Linnet");
}

// A LinnetException. Its message goes as bytes: it may hold what a caller named, and JNI makes strings of modified
// UTF-8 only.
void throw_linnet(JNIEnv* env, linnet_code code, const char* message) {
  const jclass exception = env->FindClass("dev/linnet/LinnetException");
  if (exception == nullptr) return;
  const jmethodID constructor = env->GetMethodID(exception, "<init>", "(I[B)V");
  if (constructor == nullptr) return;
  size_t length = 0;
  while (message[length] != '\0') ++length;
  const jbyteArray bytes = env->NewByteArray(static_cast<jsize>(length));
  if (bytes == nullptr) return;
  env->SetByteArrayRegion(bytes, 0, static_cast<jsize>(length), reinterpret_cast<const jbyte*>(message));
  const jobject made = env->NewObject(exception, constructor, static_cast<jint>(code), bytes);
  if (made != nullptr) env->Throw(static_cast<jthrowable>(made));
}

// Texts in UTF-8, one after the other.
class Utf8 {
 public:
  Utf8() : bytes_(0) {}

  // Appends a Java string and a 0. False after a Java exception, which names the string as `what` (and its index, when
  // it is not negative).
  bool append(JNIEnv* env, jstring text, const char* what, jint index = -1) {
    char name[64];
    std::snprintf(name, sizeof name, index >= 0 ? "%s[%d]" : "%s", what, static_cast<int>(index));
    char message[192];
    if (text == nullptr) {
      std::snprintf(message, sizeof message, "%s is null", name);
      throw_java(env, "java/lang/NullPointerException", message);
      return false;
    }
    const size_t length = static_cast<size_t>(env->GetStringLength(text));
    if (!bytes_.grow(used_ + linnet::utf8_capacity(length) + 1)) {
      throw_no_memory(env);
      return false;
    }
    // A critical section, in which the text need not be copied: nothing in it calls Java or waits.
    const jchar* units = env->GetStringCritical(text, nullptr);
    if (units == nullptr) {
      throw_no_memory(env);
      return false;
    }
    const linnet::Utf8Length done = linnet::utf16_to_utf8(units, length, bytes_.data() + used_);
    env->ReleaseStringCritical(text, units);
    if (done.surrogate < length) {
      std::snprintf(message, sizeof message,
                    "%s is no valid text: half a character (a surrogate without its other half) at index %zu", name,
                    done.surrogate);
      throw_java(env, "java/lang/IllegalArgumentException", message);
      return false;
    }
    used_ += done.bytes;
    bytes_[used_++] = '\0';
    return true;
  }

  const char* data() const { return bytes_.data(); }
  size_t used() const { return used_; }

 private:
  Array<char> bytes_;
  size_t used_ = 0;
};

// A string that C reads up to its 0: a name, a path. `get` is null for a null string.
class Name {
 public:
  // False after a Java exception.
  bool read(JNIEnv* env, jstring text, const char* what) {
    if (text == nullptr) return true;
    if (!utf8_.append(env, text, what)) return false;
    for (size_t i = 0; i + 1 < utf8_.used(); ++i) {
      if (utf8_.data()[i] != '\0') continue;
      char message[96];
      std::snprintf(message, sizeof message, "%s holds the character U+0000", what);
      throw_java(env, "java/lang/IllegalArgumentException", message);
      return false;
    }
    known_ = true;
    return true;
  }
  const char* get() const { return known_ ? utf8_.data() : nullptr; }

 private:
  Utf8 utf8_;
  bool known_ = false;
};

linnet_model* model_of(jlong pointer) { return reinterpret_cast<linnet_model*>(static_cast<intptr_t>(pointer)); }
linnet_session* session_of(jlong pointer) { return reinterpret_cast<linnet_session*>(static_cast<intptr_t>(pointer)); }
jlong number_of(const void* pointer) { return static_cast<jlong>(reinterpret_cast<intptr_t>(pointer)); }

// Java's sizes are ints.
jint to_jint(size_t value) { return value < 0x7fffffff ? static_cast<jint>(value) : 0x7fffffff; }

jlong opened(JNIEnv* env, linnet_code code, const linnet_error& error, const linnet_model* model) {
  if (code != LINNET_OK) throw_linnet(env, code, error.message);
  return number_of(model);
}

// The float at `position` of a direct buffer. Null after a Java exception.
float* floats_of(JNIEnv* env, jobject buffer, jint position) {
  auto* address = static_cast<float*>(env->GetDirectBufferAddress(buffer));
  if (address == nullptr || reinterpret_cast<uintptr_t>(address) % alignof(float) != 0) {
    throw_java(env, "java/lang/IllegalArgumentException",
               "the buffer for the result has no address that is a multiple of 4");
    return nullptr;
  }
  return address + position;
}

}  // namespace

#define LINNET_JNI(type, name) extern "C" JNIEXPORT type JNICALL Java_dev_linnet_Native_##name

LINNET_JNI(jstring, version)(JNIEnv* env, jclass) { return env->NewStringUTF(linnet_version()); }

LINNET_JNI(jlong, openPath)(JNIEnv* env, jclass, jstring path) {
  Name name;
  if (!name.read(env, path, "path")) return 0;
  linnet_model* model = nullptr;
  linnet_error error;
  const linnet_code code = linnet_model_open(name.get(), &model, &error);
  return opened(env, code, error, model);
}

LINNET_JNI(jlong, openDescriptor)(JNIEnv* env, jclass, jint descriptor, jlong offset, jlong length) {
  linnet_model* model = nullptr;
  linnet_error error;
  const linnet_code code =
      linnet_model_open_fd(descriptor, static_cast<uint64_t>(offset), static_cast<uint64_t>(length), &model, &error);
  return opened(env, code, error, model);
}

// The number is a private field, which Android and other Javas name differently.
LINNET_JNI(jint, descriptorOf)(JNIEnv* env, jclass, jobject descriptor) {
  const jclass type = env->GetObjectClass(descriptor);
  for (const char* name : {"descriptor", "fd"}) {
    const jfieldID field = env->GetFieldID(type, name, "I");
    if (field != nullptr) return env->GetIntField(descriptor, field);
    env->ExceptionClear();
  }
  throw_java(env, "java/lang/UnsupportedOperationException",
             "this Java does not tell the number of a FileDescriptor: open the model by a number or by a path");
  return -1;
}

LINNET_JNI(jlong, openMemory)(JNIEnv* env, jclass, jobject bytes, jint position, jint length) {
  const auto* address = static_cast<const char*>(env->GetDirectBufferAddress(bytes));
  if (address == nullptr) {
    throw_java(env, "java/lang/IllegalArgumentException", "the buffer has no address: it must be direct and not empty");
    return 0;
  }
  if (reinterpret_cast<uintptr_t>(address + position) % 64 != 0) {
    throw_java(env, "java/lang/IllegalArgumentException",
               "the first byte of the model does not lie at a multiple of 64: map the file, or copy the model into "
               "ByteBuffer.allocateDirect(length + 63).alignedSlice(64)");
    return 0;
  }
  linnet_model* model = nullptr;
  linnet_error error;
  const linnet_code code = linnet_model_from_memory(address + position, static_cast<size_t>(length), &model, &error);
  return opened(env, code, error, model);
}

LINNET_JNI(void, closeModel)(JNIEnv*, jclass, jlong model) { linnet_model_close(model_of(model)); }

LINNET_JNI(jint, maxTokens)(JNIEnv*, jclass, jlong model) { return to_jint(linnet_model_max_tokens(model_of(model))); }

LINNET_JNI(jint, maxPositions)(JNIEnv*, jclass, jlong model) {
  return to_jint(linnet_model_max_positions(model_of(model)));
}

LINNET_JNI(jint, width)(JNIEnv* env, jclass, jlong model, jstring output) {
  Name name;
  if (!name.read(env, output, "output")) return 0;
  return to_jint(linnet_model_width(model_of(model), name.get()));
}

LINNET_JNI(jint, isPerToken)(JNIEnv* env, jclass, jlong model, jstring output) {
  Name name;
  if (!name.read(env, output, "output")) return 0;
  return linnet_model_is_per_token(model_of(model), name.get());
}

LINNET_JNI(jlong, createSession)
(JNIEnv* env, jclass, jlong model, jint threads, jstring isa, jint max_pass_tokens, jint max_pass_sequences) {
  Name isa_name;
  if (!isa_name.read(env, isa, "isa")) return 0;
  linnet_session_options options = {};
  options.size = sizeof options;
  options.threads = static_cast<size_t>(threads);
  options.isa = isa_name.get();
  options.max_pass_tokens = static_cast<size_t>(max_pass_tokens);
  options.max_pass_sequences = static_cast<size_t>(max_pass_sequences);
  linnet_session* session = nullptr;
  linnet_error error;
  const linnet_code code = linnet_session_create(model_of(model), &options, &session, &error);
  if (code != LINNET_OK) throw_linnet(env, code, error.message);
  return number_of(session);
}

LINNET_JNI(void, freeSession)(JNIEnv*, jclass, jlong session) { linnet_session_free(session_of(session)); }

LINNET_JNI(jstring, isa)(JNIEnv* env, jclass, jlong session) {
  return env->NewStringUTF(linnet_session_isa(session_of(session)));
}

LINNET_JNI(jint, threads)(JNIEnv*, jclass, jlong session) {
  return to_jint(linnet_session_threads(session_of(session)));
}

LINNET_JNI(jlong, memoryBytes)(JNIEnv*, jclass, jlong session) {
  return static_cast<jlong>(linnet_session_memory(session_of(session)));
}

LINNET_JNI(void, embed)
(JNIEnv* env, jclass, jlong session, jobjectArray texts, jint first, jint count, jstring prompt, jobject out,
 jint position, jint width) {
  Name prompt_name;
  if (!prompt_name.read(env, prompt, "prompt")) return;
  float* rows = floats_of(env, out, position);
  if (rows == nullptr) return;
  const size_t size = static_cast<size_t>(count);
  Utf8 utf8;
  Array<size_t> ends(size);
  Array<const char*> pointers(size);
  Array<size_t> lengths(size);
  if (ends.data() == nullptr || pointers.data() == nullptr || lengths.data() == nullptr) return throw_no_memory(env);
  for (jint i = 0; i < count; ++i) {
    const auto text = static_cast<jstring>(env->GetObjectArrayElement(texts, first + i));
    if (!utf8.append(env, text, "texts", first + i)) return;
    env->DeleteLocalRef(text);  // there is room for few
    ends[static_cast<size_t>(i)] = utf8.used();
  }
  for (size_t i = 0, begin = 0; i < size; begin = ends[i++]) {
    pointers[i] = utf8.data() + begin;
    lengths[i] = ends[i] - begin - 1;
  }
  linnet_error error;
  const linnet_code code = linnet_embed(session_of(session), pointers.data(), lengths.data(), size, prompt_name.get(),
                                        rows, static_cast<size_t>(width), &error);
  if (code == LINNET_OK) return;
  if (first == 0) return throw_linnet(env, code, error.message);
  char message[sizeof error.message + 32];
  std::snprintf(message, sizeof message, "after %d texts: %s", static_cast<int>(first), error.message);
  throw_linnet(env, code, message);
}

LINNET_JNI(jintArray, tokenize)(JNIEnv* env, jclass, jlong session, jstring text, jstring prompt, jint max_tokens) {
  Name prompt_name;
  Utf8 utf8;
  if (!prompt_name.read(env, prompt, "prompt") || !utf8.append(env, text, "text")) return nullptr;
  const size_t capacity = static_cast<size_t>(max_tokens);
  Array<int32_t> ids(capacity);
  if (ids.data() == nullptr) {
    throw_no_memory(env);
    return nullptr;
  }
  size_t count = 0;
  linnet_error error;
  const linnet_code code = linnet_tokenize(session_of(session), utf8.data(), utf8.used() - 1, prompt_name.get(),
                                           ids.data(), capacity, &count, &error);
  if (code != LINNET_OK) {
    throw_linnet(env, code, error.message);
    return nullptr;
  }
  const jintArray result = env->NewIntArray(static_cast<jsize>(count));
  if (result != nullptr) env->SetIntArrayRegion(result, 0, static_cast<jsize>(count), ids.data());
  return result;
}

LINNET_JNI(void, run)
(JNIEnv* env, jclass, jlong session, jintArray ids, jintArray lengths, jstring output, jobject out, jint position,
 jint width) {
  Name name;
  if (!name.read(env, output, "output")) return;
  const jsize tokens = env->GetArrayLength(ids);
  const jsize sequences = env->GetArrayLength(lengths);
  if (sequences == 0) return;
  float* rows = floats_of(env, out, position);
  if (rows == nullptr) return;
  Array<jint> native_ids(static_cast<size_t>(tokens));
  Array<jint> java_lengths(static_cast<size_t>(sequences));
  Array<size_t> native_lengths(static_cast<size_t>(sequences));
  if (native_ids.data() == nullptr || java_lengths.data() == nullptr || native_lengths.data() == nullptr) {
    return throw_no_memory(env);
  }
  env->GetIntArrayRegion(ids, 0, tokens, native_ids.data());
  env->GetIntArrayRegion(lengths, 0, sequences, java_lengths.data());
  jlong left = tokens;
  for (size_t i = 0; i < static_cast<size_t>(sequences); ++i) {
    left = java_lengths[i] >= 0 ? left - java_lengths[i] : -1;
    if (left < 0) break;
    native_lengths[i] = static_cast<size_t>(java_lengths[i]);
  }
  if (left != 0) {  // another thread changed the array after it was checked
    return throw_java(env, "java/lang/IllegalArgumentException", "the lengths do not add up to the token ids");
  }
  linnet_error error;
  const linnet_code code =
      linnet_run(session_of(session), native_ids.data(), native_lengths.data(), static_cast<size_t>(sequences),
                 name.get(), rows, static_cast<size_t>(width), &error);
  if (code != LINNET_OK) throw_linnet(env, code, error.message);
}
