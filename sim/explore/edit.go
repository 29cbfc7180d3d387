package explore

import (
	"reflect"
	"time"

	"loginstorm/sim/scenario"
)

// edit is one change of a scenario: the value at path becomes another one.
type edit struct {
	path []int
	to   reflect.Value // Invalid: the item at the end of path is left out of its list.
}

// on carries the change out.
func (e edit) on(f *scenario.File) {
	v := reflect.ValueOf(f).Elem()
	if !e.to.IsValid() {
		list := at(v, e.path[:len(e.path)-1])
		i := e.path[len(e.path)-1]
		list.Set(reflect.AppendSlice(list.Slice(0, i), list.Slice(i+1, list.Len())))
		return
	}
	at(v, e.path).Set(e.to)
}

// at follows a path: a step is the number of a field or of an item; pointers are
// followed without one.
func at(v reflect.Value, path []int) reflect.Value {
	for _, step := range path {
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if v.Kind() == reflect.Struct {
			v = v.Field(step)
		} else {
			v = v.Index(step)
		}
	}
	return v
}

// clone copies a file; what it notes of its text is shared.
func clone(f *scenario.File) *scenario.File {
	c := *f
	from, to := reflect.ValueOf(f).Elem(), reflect.ValueOf(&c).Elem()
	for i := range from.NumField() {
		if to.Field(i).CanSet() {
			to.Field(i).Set(copied(from.Field(i)))
		}
	}
	return &c
}

// copied copies a value with everything it refers to.
func copied(v reflect.Value) reflect.Value {
	to := reflect.New(v.Type()).Elem()
	to.Set(v)
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			to.Set(reflect.New(v.Type().Elem()))
			to.Elem().Set(copied(v.Elem()))
		}
	case reflect.Slice:
		if !v.IsNil() {
			to.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				to.Index(i).Set(copied(v.Index(i)))
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			to.Field(i).Set(copied(v.Field(i)))
		}
	}
	return to
}

// prune lists the changes that leave something out: options, parts of options, items
// of lists.
func prune(f *scenario.File) []edit {
	var all []edit
	walk(reflect.ValueOf(f).Elem(), nil, func(v reflect.Value, path []int) {
		switch v.Kind() {
		case reflect.Pointer, reflect.Map:
			if !v.IsNil() {
				all = append(all, edit{path, reflect.Zero(v.Type())})
			}
		case reflect.Slice:
			if v.Len() > 0 {
				all = append(all, edit{path, reflect.Zero(v.Type())})
			}
			for i := range v.Len() {
				if v.Len() > 1 {
					all = append(all, edit{path: append(path[:len(path):len(path)], i)})
				}
			}
		case reflect.String, reflect.Bool:
			if !v.IsZero() {
				all = append(all, edit{path, reflect.Zero(v.Type())})
			}
		}
	})
	return all
}

// simplify lists the changes that make numbers and spans simpler: smaller ones, then
// rounder ones.
func simplify(f *scenario.File) []edit {
	var all []edit
	walk(reflect.ValueOf(f).Elem(), nil, func(v reflect.Value, path []int) {
		now, ok := number(v)
		if !ok {
			return
		}
		for _, n := range simpler(now, v.Type()) {
			to := reflect.New(v.Type()).Elem()
			if v.CanInt() {
				to.SetInt(n)
			} else {
				to.SetUint(uint64(n))
			}
			if n >= 0 && n < now {
				all = append(all, edit{path, to})
			}
		}
	})
	return all
}

// number returns the value of a whole number that is not zero.
func number(v reflect.Value) (int64, bool) {
	switch {
	case v.CanInt():
		return v.Int(), v.Int() > 0
	case v.CanUint():
		return int64(v.Uint()), v.Uint() > 0
	}
	return 0, false
}

// simpler returns smaller numbers to try in place of one, simplest first.
func simpler(now int64, t reflect.Type) []int64 {
	unit := int64(1)
	switch t {
	case reflect.TypeFor[scenario.Span](), reflect.TypeFor[scenario.SignedSpan](), reflect.TypeFor[time.Duration]():
		list := []int64{0, now / 2, now * 3 / 4}
		for _, grain := range []time.Duration{time.Minute, 10 * time.Second, time.Second, 100 * time.Millisecond, time.Millisecond, time.Microsecond} {
			if g := int64(grain); now > g {
				list = append(list, now/g*g)
			}
		}
		return list
	case reflect.TypeFor[scenario.Share]():
		unit = 10_000
	case reflect.TypeFor[scenario.Factor]():
		unit = 1000
	}
	return []int64{0, unit, now / 2 / unit * unit, now - unit}
}

// walk visits every value of a file that a scenario may set, outer ones first, with
// its path. The verb of an entry is never left out: its entry is.
func walk(v reflect.Value, path []int, visit func(v reflect.Value, path []int)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			walk(v.Elem(), path, visit)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			walk(v.Index(i), append(path[:len(path):len(path)], i), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if !field.IsExported() || fixed(v.Type(), field.Name) {
				continue
			}
			next := append(path[:len(path):len(path)], i)
			if v.Type() != reflect.TypeFor[scenario.Verbs]() {
				visit(v.Field(i), next)
			}
			walk(v.Field(i), next, visit)
		}
	}
}

// fixed reports whether a field is not to be changed: names, by which things are
// referred to, and what only whole passes change.
func fixed(in reflect.Type, field string) bool {
	switch in {
	case reflect.TypeFor[scenario.File]():
		return field == "Name" || field == "Description"
	case reflect.TypeFor[scenario.Rate]():
		return field == "Per"
	case reflect.TypeFor[scenario.Population](), reflect.TypeFor[scenario.Entry]():
		return field == "Name"
	}
	return false
}
