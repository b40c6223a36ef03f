package spec

import "reflect"

// unshared returns a copy of a value that shares no slice, map or pointer with it.
func unshared(v reflect.Value) reflect.Value {
	own := reflect.New(v.Type()).Elem()
	own.Set(v)
	unshare(own)
	return own
}

// unshare gives a value that was assigned slices, maps and pointers of its own: decoding writes into those it finds.
// Unexported fields, which it can't write to, stay as they are.
func unshare(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			unshare(v.Field(i))
		}
		return
	case reflect.Array:
		for i := range v.Len() {
			unshare(v.Index(i))
		}
		return
	case reflect.Slice, reflect.Map, reflect.Pointer, reflect.Interface:
		if v.IsNil() || !v.CanSet() {
			return
		}
	default:
		return
	}
	var own reflect.Value
	switch v.Kind() {
	case reflect.Slice:
		own = reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			own.Index(i).Set(unshared(v.Index(i)))
		}
	case reflect.Map:
		own = reflect.MakeMapWithSize(v.Type(), v.Len())
		for entry := v.MapRange(); entry.Next(); {
			own.SetMapIndex(entry.Key(), unshared(entry.Value()))
		}
	case reflect.Pointer:
		own = reflect.New(v.Type().Elem())
		own.Elem().Set(unshared(v.Elem()))
	case reflect.Interface:
		own = unshared(v.Elem())
	}
	v.Set(own)
}
