#pragma once

// What is used here of PJRT's C API (openxla/xla, xla/pjrt/c/pjrt_c_api.h, major version 0, which lets its structs and
// its table of functions grow at their ends only). A test holds it against go-xla's copy of the original.

#include <stddef.h>

typedef struct PJRT_Api {
	size_t struct_size;
	void *extension_start;
	struct {
		size_t struct_size;
		void *extension_start;
		int major_version;
		int minor_version;
	} pjrt_api_version;
	void *functions[]; // each takes a pointer to its arguments and returns an error or NULL
} PJRT_Api;

// Positions in functions.
enum {
	PJRT_Error_Destroy = 0,
	PJRT_Client_Compile = 20,
	PJRT_Executable_Destroy = 40,
	PJRT_Executable_Serialize = 49,
	PJRT_LoadedExecutable_GetExecutable = 51,
	PJRT_Executable_DeserializeAndLoad = 56,
};

typedef struct {
	size_t struct_size;
	void *extension_start;
	void *error;
} PJRT_Error_Destroy_Args;

typedef struct {
	size_t struct_size;
	void *extension_start;
	char *code;
	size_t code_size;
	const char *format;
	size_t format_size;
} PJRT_Program;

typedef struct {
	size_t struct_size;
	void *extension_start;
	void *client;
	const PJRT_Program *program;
	const char *compile_options;
	size_t compile_options_size;
	void *executable; // out
} PJRT_Client_Compile_Args;

typedef struct {
	size_t struct_size;
	void *extension_start;
	void *loaded_executable;
	void *executable; // out
} PJRT_LoadedExecutable_GetExecutable_Args;

typedef struct {
	size_t struct_size;
	void *extension_start;
	void *executable;
} PJRT_Executable_Destroy_Args;

typedef struct {
	size_t struct_size;
	void *extension_start;
	const void *executable;
	const char *serialized_bytes;                              // out
	size_t serialized_bytes_size;                              // out
	void *serialized_executable;                               // out
	void (*serialized_executable_deleter)(void *serialized);   // out
} PJRT_Executable_Serialize_Args;

typedef struct {
	size_t struct_size;
	void *extension_start;
	void *client;
	const char *serialized_executable;
	size_t serialized_executable_size;
	void *loaded_executable; // out
	const char *overridden_serialized_compile_options;
	size_t overridden_serialized_compile_options_size;
} PJRT_Executable_DeserializeAndLoad_Args;

// pjrt.c: what Go calls.

const PJRT_Api *pjrt_open(const char *path, const char **problem);
const PJRT_Api *pjrt_intercept(const PJRT_Api *api);
void *pjrt_compile(const PJRT_Api *api, PJRT_Client_Compile_Args *args);
void *pjrt_load(const PJRT_Api *api, void *client, const char *data, size_t size);
PJRT_Executable_Serialize_Args pjrt_serialize(const PJRT_Api *api, void *loaded);
void pjrt_free(PJRT_Executable_Serialize_Args serialized);
