export default {
  title: 'Access',
};
