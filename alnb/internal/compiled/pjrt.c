#include "pjrt.h"
#include "_cgo_export.h"
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// pjrt_open loads a plugin and returns its table of functions, or NULL and what the problem was.
const PJRT_Api *pjrt_open(const char *path, const char **problem) {
	void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	const PJRT_Api *(*get)(void) = library ? (const PJRT_Api *(*)(void))dlsym(library, "GetPjrtApi") : NULL;
	if (!get) {
		*problem = dlerror();
		return NULL;
	}
	return get();
}

// pjrt_intercept copies a table, with our function for compiling in it.
const PJRT_Api *pjrt_intercept(const PJRT_Api *api) {
	PJRT_Api *copy = malloc(api->struct_size);
	memcpy(copy, api, api->struct_size);
	copy->functions[PJRT_Client_Compile] = compiledCompile;
	return copy;
}

static void *call(const PJRT_Api *api, int function, void *args) {
	return ((void *(*)(void *))api->functions[function])(args);
}

static int succeeds(const PJRT_Api *api, int function, void *args) {
	PJRT_Error_Destroy_Args problem = {.struct_size = sizeof problem, .error = call(api, function, args)};
	if (problem.error) call(api, PJRT_Error_Destroy, &problem);
	return !problem.error;
}

void *pjrt_compile(const PJRT_Api *api, PJRT_Client_Compile_Args *args) { return call(api, PJRT_Client_Compile, args); }

// pjrt_load loads what pjrt_serialize returned; NULL where that fails.
void *pjrt_load(const PJRT_Api *api, void *client, const char *data, size_t size) {
	PJRT_Executable_DeserializeAndLoad_Args args = {
		.struct_size = sizeof args, .client = client, .serialized_executable = data, .serialized_executable_size = size};
	return succeeds(api, PJRT_Executable_DeserializeAndLoad, &args) ? args.loaded_executable : NULL;
}

// pjrt_serialize gives a loaded program's bytes, for pjrt_free; no bytes where that fails.
PJRT_Executable_Serialize_Args pjrt_serialize(const PJRT_Api *api, void *loaded) {
	PJRT_Executable_Serialize_Args args = {.struct_size = sizeof args};
	PJRT_LoadedExecutable_GetExecutable_Args get = {.struct_size = sizeof get, .loaded_executable = loaded};
	if (!succeeds(api, PJRT_LoadedExecutable_GetExecutable, &get)) return args;
	args.executable = get.executable;
	if (!succeeds(api, PJRT_Executable_Serialize, &args)) args.serialized_bytes = NULL;
	PJRT_Executable_Destroy_Args destroy = {.struct_size = sizeof destroy, .executable = get.executable};
	succeeds(api, PJRT_Executable_Destroy, &destroy);
	return args;
}

void pjrt_free(PJRT_Executable_Serialize_Args serialized) {
	serialized.serialized_executable_deleter(serialized.serialized_executable);
}
