{{/* Names, labels and annotations. */}}

{{/* The name of the application in labels. */}}
{{- define "nbwss-bridge.name" -}}
{{- .Values.nameOverride | default .Chart.Name -}}
{{- end -}}

{{/*
The name of the objects: "<release>-<chart>", or the release alone where it has the chart's name in it. At most 47 characters, because
suffixes come after it and a Service's name ends at 63. One that is cut carries a hash of the whole: no two releases get the same.
*/}}
{{- define "nbwss-bridge.fullname" -}}
{{- $name := include "nbwss-bridge.name" . -}}
{{- $ofRelease := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- $whole := .Values.fullnameOverride | default $ofRelease -}}
{{- if gt (len $whole) 47 -}}
{{- printf "%s-%s" (trunc 38 $whole | trimSuffix "-") (sha256sum $whole | trunc 8) -}}
{{- else -}}
{{- $whole -}}
{{- end -}}
{{- end -}}

{{/* Mappings in one, as YAML: of a key that several have the last counts, and it stands there once. Takes a list, in which null is an empty one. */}}
{{- define "nbwss-bridge.merged" -}}
{{- $merged := dict -}}
{{- range . -}}{{- range $key, $value := . -}}{{- $_ := set $merged $key $value -}}{{- end -}}{{- end -}}
{{- with $merged -}}{{- toYaml . -}}{{- end -}}
{{- end -}}

{{/* The labels that select objects of one component, as YAML. Takes (dict "root" $ "component" "bridge"). They never change: selectors are immutable. */}}
{{- define "nbwss-bridge.selectorLabels" -}}
{{- dict "app.kubernetes.io/name" (include "nbwss-bridge.name" .root) "app.kubernetes.io/instance" .root.Release.Name "app.kubernetes.io/component" .component | toYaml -}}
{{- end -}}

{{/* The labels that every object has of the chart's own, as YAML: the values may have none of them. Takes the same as selectorLabels. */}}
{{- define "nbwss-bridge.ownLabels" -}}
{{- $chart := printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" -}}
{{- $others := dict "app.kubernetes.io/version" .root.Chart.AppVersion "app.kubernetes.io/managed-by" .root.Release.Service "helm.sh/chart" $chart -}}
{{- include "nbwss-bridge.merged" (list $others (include "nbwss-bridge.selectorLabels" . | fromYaml)) -}}
{{- end -}}

{{/* What every object is part of, as YAML, unless the values say otherwise: platforms group by it. */}}
{{- define "nbwss-bridge.partOf" -}}
{{- dict "app.kubernetes.io/part-of" "nbwss-bridge" | toYaml -}}
{{- end -}}

{{/*
The labels of a pod, as YAML. Takes the same as selectorLabels. Without the chart's version, so that a new chart alone doesn't replace the pods.
*/}}
{{- define "nbwss-bridge.podLabels" -}}
{{- $partOf := include "nbwss-bridge.partOf" . | fromYaml -}}
{{- $own := include "nbwss-bridge.selectorLabels" . | fromYaml -}}
{{- include "nbwss-bridge.merged" (list $partOf .root.Values.commonLabels .root.Values.podLabels $own) -}}
{{- end -}}

{{/*
The metadata of an object: name, namespace, labels and annotations.
Takes (dict "root" $ "component" … "name" "" "suffix" "" "namespace" "" "labels" dict "annotations" dict), all but the first two optional.
*/}}
{{- define "nbwss-bridge.metadata" -}}
name: {{ .name | default (include "nbwss-bridge.fullname" .root) }}{{ with .suffix }}-{{ . }}{{ end }}
namespace: {{ .namespace | default .root.Release.Namespace }}
labels:
  {{- include "nbwss-bridge.merged" (list (include "nbwss-bridge.partOf" . | fromYaml) .root.Values.commonLabels .labels (include "nbwss-bridge.ownLabels" . | fromYaml)) | nindent 2 }}
{{- with .annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The name of the ServiceAccount of the bridge's pods. */}}
{{- define "nbwss-bridge.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "nbwss-bridge.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}
